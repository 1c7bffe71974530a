public import Auditing
public import Foundation
import Statistics
public import Tensors

/// What any framework measured on its own models, for the attacks that need nothing else.
///
/// The file is in the format safetensors. Numbers are F32 or F64 (whole ones of any type), and signals are computed with
/// in `Double`. Every array is optional, an attack says which ones it lacks; C candidates, S shadow models, P records
/// that are no candidates:
///
/// - for attacks on signals `target` [C], `shadows` [S, C] with `membership` [S, C] (0 or 1: which shadow saw which
///   candidate), `population` [P], `population_shadows` [S, P], and for a regression `features` [C, D] and
///   `population_features` [P, D]; the metadata `signal` is a ``ForeignSignals/Kind``.
/// - for attacks on a classifier `probabilities` [C, K], `labels` [C], `shadow_probabilities` [S, C, K] with
///   `membership`.
/// - for attacks on a language model `token_log_probabilities` [C, T] with `token_lengths` [C] where texts are shorter,
///   `token_means` and `token_variances` [C, T]; the losses `lowercase_losses` [C], `prefixed` [Q, C] or [C] and
///   `neighbours` [N, C]; `zlib_lengths` [C].
/// - for attacks on a generator `features` [C, D], `samples` [M, D], `reference_samples` [R, D] and
///   `population_features` [P, D].
/// - `truth` [C] (0 or 1): which candidates the victim was trained on, for ``grade(_:rates:confidence:)`` alone; no attack
///   sees it.
public struct ForeignFile: Sendable, Equatable {
    private let arrays: ForeignArrays
    /// Which candidates are members, for grading only.
    public let truth: [Bool]?
    /// Arrays that mean nothing here, by name: look for a misspelling.
    public var ignored: [String] { arrays.ignored }
    /// What the signals are, by the metadata.
    public var signal: String? { arrays.signal }

    /// Reads a file; its arrays stay where they are until an attack reads them.
    ///
    /// - Throws: ``ForeignFileError`` when it cannot be read or does not have the form above.
    public init(contentsOf url: URL) throws {
        try self.init(try Safetensors(foreign: url))
    }

    /// Checks the arrays' shapes and the truth.
    ///
    /// - Throws: ``ForeignFileError`` when the arrays do not have the form above.
    public init(_ file: Safetensors) throws(ForeignFileError) {
        arrays = try ForeignArrays(file)
        truth = arrays.has("truth") ? try arrays.bits("truth") : nil
    }

    /// Returns one score per candidate; higher means member.
    ///
    /// - Throws: ``ForeignFileError`` when the attack needs arrays that the file does not have, or one has a number that
    ///   it must not have; `ThreatModelError` when there are too few shadows.
    public func scores(_ attack: ForeignAttack) throws -> [Double] {
        try attack.score(arrays.read(by: attack.id))
    }

    /// Grades scores against the truth, when the file has it.
    ///
    /// - Throws: `StatisticsError` when there are not as many scores as candidates or the truth has one class only, and
    ///   ``ForeignFileError/rate(_:)`` for a false-positive rate outside [0, 1).
    public func grade(
        _ scores: [Double], rates: [Double] = MembershipGame.rates, confidence: Double = 0.95
    ) throws -> MembershipGrade? {
        for rate in rates where !(rate >= 0 && rate < 1) { throw ForeignFileError.rate(rate) }
        guard let truth else { return nil }
        let roc = try ROC(scores: scores, isMember: truth)
        return MembershipGrade(roc, rates: rates, confidence: confidence)
    }
}

extension Safetensors {
    /// Reads a file of another framework; its arrays stay where they are until somebody reads them.
    ///
    /// - Throws: ``ForeignFileError`` when it cannot be read or is no such file.
    init(foreign url: URL) throws(ForeignFileError) {
        do {
            try self.init(decoding: try Data(contentsOf: url, options: .alwaysMapped))
        } catch let error as Safetensors.Invalid {
            throw .malformed(path: url.path, reason: error.description)
        } catch {
            throw .unreadable(path: url.path, reason: error.localizedDescription)
        }
    }
}
