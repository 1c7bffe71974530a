import Foundation

extension Double {
    /// Four digits, for a sentence.
    var short: String { String(format: "%.4g", self) }
}
