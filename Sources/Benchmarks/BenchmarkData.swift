import Datasets
import Foundation
import Models
import Tensors

/// The data that both sides read.
enum BenchmarkData {
    /// Returns the first `count` images of Fashion-MNIST's training set with their labels.
    ///
    /// - Throws: `DatasetError` when they are missing; in brief the committed ones stand in.
    static func images(_ count: Int, _ setting: BenchmarkSetting) throws -> Records {
        let images = try setting.registry.images("fashion-mnist", allowFallback: setting.isBrief, first: count).content
        return Records(
            features: Tensor(pixels: images.pixels, shape: [images.count, images.size]), labels: images.labels)
    }

    /// The symbols of the text: printable ASCII and the line break.
    static let vocabulary = 96
    /// The token of a line break, with which generation begins.
    static let lineBreak: Int32 = 95

    /// Returns windows of a licence's text that begin at random places.
    static func windows(_ count: Int, length: Int, _ random: RandomStream) -> Records {
        let tokens = Self.tokens
        let starts = (0..<count).map { Int(random["starts"].uniform($0) * Double(tokens.count - length)) }
        return Records(tokens: starts.flatMap { tokens[$0..<$0 + length] }, window: length)
    }

    private static var tokens: [Int32] {
        let bytes = FileManager.default.contents(atPath: "/usr/share/common-licenses/GPL-3")
        // The peer's program says the same thousand times where Debian's licences are missing.
        let text =
            bytes.map { Array($0) }
            ?? Array(String(repeating: "the quick brown fox jumps over the lazy dog\n", count: 1000).utf8)
        return text.compactMap { byte in
            if byte == UInt8(ascii: "\n") { return lineBreak }
            return (32..<127).contains(byte) ? Int32(byte) - 32 : nil
        }
    }
}
