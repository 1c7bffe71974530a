public import Attacks
public import Auditing
public import Foundation
import Statistics
public import Tensors
public import ThreatModel

/// Signals that any framework measured on its own models, for the attacks that need nothing else.
///
/// The file is in the format safetensors, F32 or F64, and everything is computed in `Double`:
///
/// - `target` [C]: the victim's signal on each candidate.
/// - `shadows` [S, C] and `membership` [S, C] (0 or 1): each shadow model's signal, and which of them saw which candidate.
/// - `population` [P] and `population_shadows` [S, P], optional: records that are no candidates.
/// - `labels` [C], optional: the classes; no attack here reads them.
/// - `truth` [C] (0 or 1), optional: which candidates the victim was trained on; it is for ``grade(_:rates:confidence:)``
///   alone, no attack sees it.
/// - metadata `signal`: a ``Kind``.
public struct ForeignSignals: Sendable, Equatable {
    /// What the numbers are.
    public enum Kind: Sendable, Equatable {
        /// The probability of the true class, in (0, 1): LiRA takes its logit, all other attacks its logarithm.
        case confidence
        /// A signal of Penumbra's own, with its orientation.
        case known(Signal)

        static let names = ["confidence"] + Signal.allCases.map(\.rawValue)

        /// The name in the metadata.
        public var name: String {
            switch self {
            case .confidence: "confidence"
            case .known(let signal): signal.rawValue
            }
        }

        /// Reads a name.
        ///
        /// - Throws: ``ForeignSignalsError/unknownSignal(_:)``.
        public init(_ name: String) throws(ForeignSignalsError) {
            let signal = Signal(rawValue: name)
            guard signal != nil || name == "confidence" else { throw .unknownSignal(name) }
            self = signal.map(Kind.known) ?? .confidence
        }

        func oriented(_ values: [Double], asLogit: Bool) -> [Double] {
            switch self {
            case .confidence: values.map { asLogit ? log($0) - log1p(-$0) : log($0) }
            case .known(let signal): signal.oriented(values)
            }
        }
    }

    private static let names = [
        "target", "shadows", "membership", "population", "population_shadows", "labels", "truth",
    ]

    /// What the numbers are.
    public let kind: Kind
    /// The victim's signal, one per candidate.
    public let target: [Double]
    /// The signal of every shadow, and what it saw; `nil` when the file has none.
    public let shadows: ShadowView?
    /// The victim's signal on records that are no candidates.
    public let population: [Double]?
    /// Which candidates are members, for grading only.
    public let truth: [Bool]?
    /// Arrays that mean nothing here, by name: look for a misspelling.
    public let ignored: [String]

    /// Reads a file.
    ///
    /// - Throws: ``ForeignSignalsError`` when it cannot be read or does not have the form above.
    public init(contentsOf url: URL) throws {
        let file: Safetensors
        do {
            file = try Safetensors(decoding: try Data(contentsOf: url))
        } catch let error as Safetensors.Invalid {
            throw ForeignSignalsError.malformed(path: url.path, reason: error.description)
        } catch {
            throw ForeignSignalsError.unreadable(path: url.path, reason: error.localizedDescription)
        }
        try self.init(file)
    }

    /// Checks arrays and takes them over.
    ///
    /// - Throws: ``ForeignSignalsError`` when the arrays do not have the form above.
    public init(_ file: Safetensors) throws {
        guard let name = file.metadata["signal"] else { throw ForeignSignalsError.missingSignal }
        let kind = try Kind(name)
        let reader = ArrayReader(file: file, kind: kind)
        guard let target = try reader.signals("target", [nil]) else {
            throw ForeignSignalsError.missingArray("target", found: file.arrays.keys.sorted())
        }
        guard !target.isEmpty else { throw ForeignSignalsError.shape("target", expected: "[1 or more]", found: [0]) }
        let shadows = try reader.shadows(candidates: target.count)
        let population = try reader.signals("population", [nil])
        _ = try reader.signals("population_shadows", [shadows?.signals.count, population?.count])
        try reader.checkLabels(candidates: target.count)
        truth = try reader.bits("truth", [target.count])
        (self.kind, self.target, self.shadows, self.population) = (kind, target, shadows, population)
        ignored = file.arrays.keys.filter { !Self.names.contains($0) }.sorted()
    }

    /// Returns one score per candidate; higher means member.
    ///
    /// - Throws: ``ForeignSignalsError`` when the attack needs arrays that the file does not have, or a confidence of 0
    ///   or 1 has no finite logarithm; `ThreatModelError` when there are too few shadows.
    public func scores(_ attack: Attack) throws -> [Double] {
        let target = try oriented(target, "target", attack)
        switch attack {
        case .lossThreshold: return target
        case .attackP:
            guard let population, !population.isEmpty else {
                throw ForeignSignalsError.needed("population", attack: attack.id)
            }
            return AttackP.scores(target: target, population: try oriented(population, "population", attack))
        case .difficultyCalibration:
            return try DifficultyCalibration.scores(target: target, shadows: try orientedShadows(attack))
        case .attackR:
            return try AttackR.scores(target: target, shadows: try orientedShadows(attack))
        case .liraOnline(let variance, let centre):
            return try LiRA.scores(
                target: target, shadows: try orientedShadows(attack), mode: .online, variance: variance, centre: centre)
        case .liraOffline(let variance, let centre, let score):
            let standardised = try LiRA.standardisedScores(
                target: target, shadows: try orientedShadows(attack), variance: variance, centre: centre)
            return score == .standardised ? standardised : standardised.map(normalCDF)
        }
    }

    /// Grades scores against the truth, when the file has it.
    ///
    /// - Throws: `StatisticsError` when there are not as many scores as candidates or the truth has one class only, and
    ///   ``ForeignSignalsError/rate(_:)`` for a false-positive rate outside (0, 1).
    public func grade(
        _ scores: [Double], rates: [Double] = MembershipGame.rates, confidence: Double = 0.95
    ) throws -> MembershipGrade? {
        for rate in rates where !(rate > 0 && rate < 1) { throw ForeignSignalsError.rate(rate) }
        guard let truth else { return nil }
        let roc = try ROC(scores: scores, isMember: truth)
        return MembershipGrade(
            members: roc.members, nonMembers: roc.nonMembers, auc: roc.aucEstimate(confidence: confidence),
            operatingPoints: rates.map { roc.operatingPoint(atFalsePositiveRate: $0, confidence: confidence) },
            balancedAccuracy: roc.balancedAccuracy)
    }

    private func oriented(_ values: [Double], _ name: String, _ attack: Attack) throws -> [Double] {
        let oriented = kind.oriented(values, asLogit: attack.readsLogits)
        if let index = oriented.firstIndex(where: { !$0.isFinite }) {
            throw ForeignSignalsError.saturated(name, index: index, value: values[index], attack: attack.id)
        }
        return oriented
    }

    private func orientedShadows(_ attack: Attack) throws -> ShadowView {
        guard let shadows else { throw ForeignSignalsError.needed("shadows", attack: attack.id) }
        return try ShadowView(
            signals: try shadows.signals.map { try oriented($0, "shadows", attack) }, membership: shadows.membership)
    }
}

extension ForeignSignals {
    /// An attack that needs signals and nothing else, with its settings.
    public enum Attack: Sendable, Equatable {
        /// The scale of an offline likelihood-ratio score.
        public enum OfflineScore: String, Sendable, CaseIterable {
            /// Φ((s − µ)/σ), as in the paper; very high values tie at 1.
            case probability
            /// (s − µ)/σ: the same ranking without ties.
            case standardised
        }

        /// The signal itself.
        case lossThreshold
        /// The signal minus the mean of the OUT shadows.
        case difficultyCalibration
        /// The likelihood ratio of IN and OUT shadows.
        case liraOnline(LiRA.Variance, LiRA.Centre)
        /// The one-sided tail of OUT shadows.
        case liraOffline(LiRA.Variance, LiRA.Centre, OfflineScore)
        /// The rank in the population.
        case attackP
        /// The rank among the OUT shadows.
        case attackR

        /// The cards of all of them.
        public static let cards = [
            LossThreshold.card, DifficultyCalibration.card, LiRA.card, LiRA.offlineCard, AttackP.card, AttackR.card,
        ]

        /// Its identifier.
        public var id: String {
            switch self {
            case .lossThreshold: LossThreshold.card.id
            case .difficultyCalibration: DifficultyCalibration.card.id
            case .liraOnline: LiRA.card.id
            case .liraOffline: LiRA.offlineCard.id
            case .attackP: AttackP.card.id
            case .attackR: AttackR.card.id
            }
        }

        /// Its settings as text, defaults included.
        public var settings: [String: String] {
            switch self {
            case .lossThreshold, .difficultyCalibration, .attackP, .attackR: [:]
            case .liraOnline(let variance, let centre): ["variance": variance.rawValue, "centre": centre.rawValue]
            case .liraOffline(let variance, let centre, let score):
                ["variance": variance.rawValue, "centre": centre.rawValue, "score": score.rawValue]
            }
        }

        var readsLogits: Bool { id == LiRA.card.id || id == LiRA.offlineCard.id }

        /// Reads an identifier and settings; what is not set is `variance=pooled`, `centre=mean`, `score=probability`.
        ///
        /// - Throws: ``ForeignSignalsError/unknownAttack(_:known:)`` with the known ones, the nearest first, and
        ///   ``ForeignSignalsError/setting(_:expected:)`` for a key or a value that the attack does not have.
        public init(id: String, settings: [String: String] = [:]) throws(ForeignSignalsError) {
            var rest = settings
            switch id {
            case LossThreshold.card.id: self = .lossThreshold
            case DifficultyCalibration.card.id: self = .difficultyCalibration
            case AttackP.card.id: self = .attackP
            case AttackR.card.id: self = .attackR
            case LiRA.card.id, LiRA.offlineCard.id:
                let variance = try Self.choice("variance", of: [LiRA.Variance.pooled, .perRecord, .grand], in: &rest)
                let centre = try Self.choice("centre", of: [LiRA.Centre.mean, .median], in: &rest)
                if id == LiRA.card.id {
                    self = .liraOnline(variance, centre)
                } else {
                    self = .liraOffline(
                        variance, centre, try Self.choice("score", of: OfflineScore.allCases, in: &rest))
                }
            default: throw .unknownAttack(id, known: Self.cards.map(\.id).nearestFirst(to: id))
            }
            if let key = rest.keys.min() {
                let keys = self.settings.keys.sorted()
                throw .setting(
                    "\(key)=\(rest[key] ?? "")",
                    expected: keys.isEmpty ? "no setting for \(id)" : "the settings \(keys.joined(separator: ", "))")
            }
        }

        private static func choice<Value: RawRepresentable<String>>(
            _ key: String, of names: [Value], in rest: inout [String: String]
        ) throws(ForeignSignalsError) -> Value {
            guard let text = rest.removeValue(forKey: key) else { return names[0] }
            guard let value = names.first(where: { $0.rawValue == text }) else {
                let known = names.map(\.rawValue).joined(separator: ", ")
                throw .setting("\(key)=\(text)", expected: "\(key) to be one of \(known)")
            }
            return value
        }
    }
}

/// What is wrong with foreign signals or with the question put to them.
public enum ForeignSignalsError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be read.
    case unreadable(path: String, reason: String)
    /// The file is no safetensors file.
    case malformed(path: String, reason: String)
    /// The metadata does not say what the numbers are.
    case missingSignal
    /// The metadata names a signal that is not known.
    case unknownSignal(String)
    /// An array that every file must have is not there.
    case missingArray(String, found: [String])
    /// An array that belongs to another one is not there.
    case unpaired(String, with: String)
    /// An array has another shape than the others demand.
    case shape(String, expected: String, found: [Int])
    /// An array has a value that it must not have.
    case value(String, index: Int, found: Double, expected: String)
    /// The attack needs an array that the file does not have.
    case needed(String, attack: String)
    /// A confidence of 0 or 1 has no finite logarithm or logit.
    case saturated(String, index: Int, value: Double, attack: String)
    /// No attack on signals has that identifier.
    case unknownAttack(String, known: [String])
    /// The attack has no such setting.
    case setting(String, expected: String)
    /// A false-positive rate outside (0, 1).
    case rate(Double)

    /// One line: what was expected, what was found, what to do.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read \(path): \(reason) Check the path and its permissions"
        case .malformed(let path, let reason): "\(path): \(reason); write it again with safetensors' save_file"
        case .missingSignal:
            "expected the metadata 'signal', found none; write one of \(Self.kinds) into the file's metadata"
        case .unknownSignal(let name):
            "expected the signal to be one of \(Self.kinds), found '\(name)'; change metadata"
        case .missingArray(let name, let found): "expected an array '\(name)', found only \(found); export it too"
        case .unpaired(let name, let other): "found '\(name)' without '\(other)'; export both or neither"
        case .shape(let name, let expected, let found):
            "array '\(name)': expected the shape \(expected), found \(found); export the same records in the same order"
        case .value(let name, let index, let found, let expected):
            "array '\(name)': expected \(expected), found \(found) at element \(index); correct the export"
        case .needed(let name, let attack):
            "\(attack) needs the array '\(name)', and the file has none; export it or take another attack"
        case .saturated(let name, let index, let value, let attack):
            "array '\(name)': \(attack) needs confidences with a finite logarithm, found \(value) at element \(index); "
                + "export logit-confidence, computed from the logits, instead"
        case .unknownAttack(let id, let known):
            "no attack on signals is called '\(id)'; the nearest known is \(known.first ?? "none"), "
                + "then \(known.dropFirst().joined(separator: ", "))"
        case .setting(let text, let expected): "expected \(expected), found '\(text)'; correct --set"
        case .rate(let value): "expected a false-positive rate in (0, 1), found \(value); try 0.01"
        }
    }

    private static let kinds = ForeignSignals.Kind.names.joined(separator: ", ")
}

/// Takes checked arrays out of a file.
private struct ArrayReader {
    let file: Safetensors
    let kind: ForeignSignals.Kind

    /// A shape with an extent of `nil` where any will do.
    private func values(_ name: String, _ shape: [Int?]) throws -> [Double]? {
        guard let array = file.arrays[name] else { return nil }
        let fits = array.shape.count == shape.count && zip(array.shape, shape).allSatisfy { $1 == nil || $0 == $1 }
        guard fits else {
            let expected = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            throw ForeignSignalsError.shape(name, expected: "[\(expected)]", found: array.shape)
        }
        return array.doubles
    }

    func signals(_ name: String, _ shape: [Int?]) throws -> [Double]? {
        guard let values = try values(name, shape) else { return nil }
        let expected = kind == .confidence ? "probabilities" : "finite numbers"
        let isValid: (Double) -> Bool = { kind == .confidence ? $0 >= 0 && $0 <= 1 : $0.isFinite }
        if let index = values.firstIndex(where: { !isValid($0) }) {
            throw ForeignSignalsError.value(name, index: index, found: values[index], expected: expected)
        }
        return values
    }

    func bits(_ name: String, _ shape: [Int?]) throws -> [Bool]? {
        guard let values = try values(name, shape) else { return nil }
        if let index = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw ForeignSignalsError.value(name, index: index, found: values[index], expected: "0 or 1")
        }
        return values.map { $0 == 1 }
    }

    func shadows(candidates: Int) throws -> ShadowView? {
        guard let signals = try signals("shadows", [nil, candidates]) else {
            guard file.arrays["membership"] == nil else {
                throw ForeignSignalsError.unpaired("membership", with: "shadows")
            }
            return nil
        }
        let count = signals.count / candidates
        guard let bits = try bits("membership", [count, candidates]) else {
            throw ForeignSignalsError.unpaired("shadows", with: "membership")
        }
        let rows = (0..<count).map { $0 * candidates..<($0 + 1) * candidates }
        return try ShadowView(signals: rows.map { Array(signals[$0]) }, membership: rows.map { Array(bits[$0]) })
    }

    func checkLabels(candidates: Int) throws {
        guard let labels = try values("labels", [candidates]) else { return }
        if let index = labels.firstIndex(where: { $0 < 0 || $0 != $0.rounded() }) {
            throw ForeignSignalsError.value(
                "labels", index: index, found: labels[index], expected: "classes, counted from 0")
        }
    }
}

extension [String] {
    /// The names in the order of their edit distance to a word, equal ones as they were.
    fileprivate func nearestFirst(to word: String) -> [String] {
        enumerated().map { (distance: Self.distance($1, word), index: $0, name: $1) }
            .sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }.map(\.name)
    }

    private static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Swift.Array(a), Swift.Array(b))
        var row = Swift.Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(row[j], row[j + 1], substituted - 1) + 1
            }
        }
        return row[b.count]
    }
}
