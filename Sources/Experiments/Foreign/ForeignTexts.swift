import Attacks
import Tensors
import ThreatModel

/// What a language model made of texts, in a file, and the attacks that read it.
extension ForeignArrays {
    /// The log-probabilities of each text's predicted tokens, without padding.
    ///
    /// - Throws: ``ForeignFileError`` when they are not there, or one that counts is no logarithm of a probability.
    func tokenLogProbabilities() throws(ForeignFileError) -> [[Double]] {
        try tokens("token_log_probabilities", .logProbability)
    }

    /// The rows of an array [C, T], each as long as its text; what lies behind is not looked at.
    func tokens(_ name: String, _ domain: Domain) throws(ForeignFileError) -> [[Double]] {
        let array = try array(name)
        let (values, width) = (array.doubles, array.shape[1])
        let lengths =
            has("token_lengths")
            ? try numbers("token_lengths", .whole(1...width)).map { Int($0) }
            : [Int](repeating: width, count: array.shape[0])
        var rows: [[Double]] = []
        for (text, length) in lengths.enumerated() {
            let part = text * width..<text * width + length
            try domain.check(values, in: part, of: name)
            rows.append(Array(values[part]))
        }
        return rows
    }

    /// Each text's mean negative log-likelihood of a predicted token: of its tokens, or else the target.
    ///
    /// - Throws: ``ForeignFileError`` when there are neither, or the target is another signal.
    func textLosses() throws(ForeignFileError) -> [Double] {
        if has("token_log_probabilities") {
            return try tokenLogProbabilities().map { -$0.reduce(0, +) / Double($0.count) }
        }
        let losses = try numbers("target", .finite)
        guard let signal else { throw .missingSignal }
        guard try ForeignSignals.Kind(signal).isLoss else { throw .notALoss(signal, attack: reader) }
        return losses
    }
}

extension MinK: ForeignScorer {
    func scores(of arrays: ForeignArrays) throws -> [Double] {
        try Self.scores(logProbabilities: try arrays.tokenLogProbabilities(), fraction: fraction)
    }
}

extension MinKPlusPlus: ForeignScorer {
    func scores(of arrays: ForeignArrays) throws -> [Double] {
        try Self.scores(
            logProbabilities: try arrays.tokenLogProbabilities(), means: try arrays.tokens("token_means", .finite),
            variances: try arrays.tokens("token_variances", .nonNegative), fraction: fraction)
    }
}

extension ZlibRatio: ForeignScorer {
    func scores(of arrays: ForeignArrays) throws -> [Double] {
        let lengths = try arrays.numbers("zlib_lengths", .whole(1...Int(Int32.max))).map { Int($0) }
        return try Self.scores(losses: try arrays.textLosses(), lengths: lengths)
    }
}

extension LowercaseRatio: ForeignScorer {
    func scores(of arrays: ForeignArrays) throws -> [Double] {
        let lowercase = try arrays.numbers("lowercase_losses", .finite)
        // A mean stands for the tokens that it is of.
        return try Self.scores(original: arrays.textLosses().map { [-$0] }, lowercase: lowercase.map { [-$0] })
    }
}

extension ReCaLL: ForeignScorer {
    static var settled: [String] { ["share", "prefixes"] }

    func scores(of arrays: ForeignArrays) throws -> [Double] {
        let foreign = try arrays.rows("prefixed", .finite).map { $0.map { -$0 } }
        return try Self.scores(own: arrays.textLosses().map { -$0 }, foreign: foreign)
    }
}

extension Neighbourhood: ForeignScorer {
    static var settled: [String] { ["neighbours", "swaps"] }

    func scores(of arrays: ForeignArrays) throws -> [Double] {
        try Self.scores(losses: try arrays.textLosses(), neighbours: try arrays.rows("neighbours", .finite))
    }
}
