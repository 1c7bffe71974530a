import Foundation
import Tensors

/// Files as `penumbra score` reads them, made of the goldens.
enum ScoreFiles: Sendable {
    /// The confidences of classifiers.
    case signals
    /// A classifier's distributions and labels.
    case answers
    /// Tokens of five texts, with what zlib makes of others.
    case texts

    /// The arrays of a file.
    func arrays() throws -> Safetensors {
        switch self {
        case .signals: try Golden.arrays("signals")
        case .answers: try Golden.arrays("answers")
        case .texts: try Self.texts()
        }
    }

    /// Writes the file, changed, and returns its place.
    func write(to scratch: Scratch, _ change: (inout Safetensors) throws -> Void = { _ in }) throws -> URL {
        var file = try arrays()
        try change(&file)
        let place = scratch.file("\(self).safetensors")
        try file.encoded().write(to: place)
        return place
    }

    /// The logarithm of the softmax at each token, with its mean and variance under the softmax.
    private static func texts() throws -> Safetensors {
        let golden = try Golden.arrays("texts")
        let (logits, tokens) = (try golden.array("logits"), try golden.array("tokens").doubles)
        let (shape, width, values) = (Array(logits.shape.prefix(2)), logits.shape[2], logits.doubles)
        var (own, means, variances): ([Double], [Double], [Double]) = ([], [], [])
        for (place, token) in tokens.enumerated() {
            let row = values[place * width..<(place + 1) * width]
            let normaliser = log(row.reduce(0) { $0 + exp($1) })
            let logarithms = row.map { $0 - normaliser }
            let mean = logarithms.reduce(0) { $0 + exp($1) * $1 }
            own.append(logarithms[Int(token)])
            means.append(mean)
            variances.append(logarithms.reduce(0) { $0 + exp($1) * ($1 - mean) * ($1 - mean) })
        }
        return Safetensors(arrays: [
            "token_log_probabilities": Safetensors.Array(own, shape: shape),
            "token_means": Safetensors.Array(means, shape: shape),
            "token_variances": Safetensors.Array(variances, shape: shape),
            "zlib_lengths": try golden.array("zlib_lengths"),
        ])
    }
}
