public import Foundation

/// Writes grey pixels, row by row, as a PNG file.
public typealias PNGEncoder = (_ pixels: [UInt8], _ width: Int, _ height: Int) throws -> Data
