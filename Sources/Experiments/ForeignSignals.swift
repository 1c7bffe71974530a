import Attacks
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
/// - `features` [C, D] and `population_features` [P, D], optional: what a regression may read of the records.
/// - `labels` [C], optional: the classes.
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

        /// The values on a scale, on all of which higher means member.
        func scaled(_ values: [Double], _ scale: SignalScale) -> [Double] {
            switch self {
            case .confidence: values.map { scale == .logit ? log($0) - log1p(-$0) : log($0) }
            case .known(let signal): signal.scaled(values, scale)
            }
        }
    }

    private static let names = [
        "target", "shadows", "membership", "population", "population_shadows", "features", "population_features",
        "labels", "truth",
    ]

    /// What the numbers are.
    public let kind: Kind
    /// The victim's signal, one per candidate.
    public let target: [Double]
    /// The signal of every shadow and what it saw, as they lie in the file; `nil` when the file has none.
    private let pool: Pool?
    /// The victim's signal on records that are no candidates.
    public let population: [Double]?
    private let populationShadows: [[Double]]?
    private let features: Tensor?
    private let populationFeatures: Tensor?
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
            file = try Safetensors(decoding: try Data(contentsOf: url, options: .alwaysMapped))
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
        let pool = try reader.pool(candidates: target.count)
        let population = try reader.signals("population", [nil])
        let flat = try reader.signals("population_shadows", [pool?.count, population?.count])
        populationShadows = flat.map { flat in
            let width = max(population?.count ?? 0, 1)
            return stride(from: 0, to: flat.count, by: width).map { Array(flat[$0..<$0 + width]) }
        }
        features = try reader.features("features", rows: target.count)
        populationFeatures = try reader.features("population_features", rows: population?.count)
        try reader.checkLabels(candidates: target.count)
        truth = try reader.bits("truth", [target.count])
        (self.kind, self.target, self.pool, self.population) = (kind, target, pool, population)
        ignored = file.arrays.keys.filter { !Self.names.contains($0) }.sorted()
    }

    /// Returns one score per candidate; higher means member.
    ///
    /// - Throws: ``ForeignSignalsError`` when the attack needs arrays that the file does not have, or a confidence of 0
    ///   or 1 has no finite logarithm; `ThreatModelError` when there are too few shadows.
    public func scores(_ attack: Attack) throws -> [Double] {
        // A pool of millions of numbers is read where it lies; only what transforms each number needs arrays of them.
        if let lira = attack.scorer as? LiRA, lira.centre == .mean, kind != .confidence, let pool, pool.isReadInPlace {
            return try LiRA.scores(pool.columns(from: target), target: target, variance: lira.variance)
        }
        return try attack.scorer.scores(table(for: attack))
    }

    private func table(for attack: Attack) throws -> SignalTable {
        let scale = type(of: attack.scorer).scale
        func scaled(_ values: [Double], _ name: String) throws -> [Double] {
            let scaled = kind.scaled(values, scale)
            if let index = scaled.firstIndex(where: { !$0.isFinite }) {
                throw ForeignSignalsError.saturated(name, index: index, value: values[index], attack: attack.id)
            }
            return scaled
        }
        func required<Value>(_ value: Value?, _ name: String) throws -> Value {
            guard let value else { throw ForeignSignalsError.needed(name, attack: attack.id) }
            return value
        }
        var table = SignalTable(target: try scaled(target, "target"))
        let needs = attack.scorer.needs
        if needs.contains(.shadows) {
            let shadows = try required(pool, "shadows").view(kind)
            table.shadows = try ShadowView(
                signals: try shadows.signals.map { try scaled($0, "shadows") }, membership: shadows.membership)
        }
        if needs.contains(.population) {
            table.population = try scaled(try required(population, "population"), "population")
            if needs.contains(.shadows) {
                let rows = try required(populationShadows, "population_shadows")
                table.populationShadows = try rows.map { try scaled($0, "population_shadows") }
            }
        }
        if needs.contains(.descriptors) {
            table.features = try required(features, "features")
            table.populationFeatures = try required(populationFeatures, "population_features")
        }
        return table
    }

    /// Grades scores against the truth, when the file has it.
    ///
    /// - Throws: `StatisticsError` when there are not as many scores as candidates or the truth has one class only, and
    ///   ``ForeignSignalsError/rate(_:)`` for a false-positive rate outside [0, 1).
    public func grade(
        _ scores: [Double], rates: [Double] = MembershipGame.rates, confidence: Double = 0.95
    ) throws -> MembershipGrade? {
        for rate in rates where !(rate >= 0 && rate < 1) { throw ForeignSignalsError.rate(rate) }
        guard let truth else { return nil }
        let roc = try ROC(scores: scores, isMember: truth)
        return MembershipGrade(roc, rates: rates, confidence: confidence)
    }
}

extension ForeignSignals {
    /// The shadows' arrays as they lie in the file, [S, C] each; their values are checked when they are read.
    struct Pool: Sendable, Equatable {
        let signals: Safetensors.Array
        let membership: Safetensors.Array

        /// How many shadows there are.
        var count: Int { signals.shape[0] }

        /// Whether the arrays are of the types that are read where they lie: bytes beside floating-point numbers.
        var isReadInPlace: Bool {
            [.uint8, .bool].contains(membership.type) && [.float32, .float64].contains(signals.type)
        }

        /// All numbers, checked, for attacks that need them one by one.
        func view(_ kind: Kind) throws -> ShadowView {
            let reader = ArrayReader(
                file: Safetensors(arrays: ["shadows": signals, "membership": membership]), kind: kind)
            let (width, shape) = (signals.shape[1], signals.shape as [Int?])
            guard let values = try reader.signals("shadows", shape), let bits = try reader.bits("membership", shape)
            else { throw ForeignSignalsError.unpaired("shadows", with: "membership") }
            let rows = (0..<count).map { $0 * width..<($0 + 1) * width }
            return try ShadowView(signals: rows.map { Array(values[$0]) }, membership: rows.map { Array(bits[$0]) })
        }

        /// The moments of each candidate's IN and OUT models, as deviations from the target.
        func columns(from target: [Double]) throws -> GroupedColumns {
            do {
                return try signals.grouped(by: membership, origin: target)
            } catch GroupedColumnsError.notFinite(let element, let value) {
                throw ForeignSignalsError.value("shadows", index: element, found: value, expected: "finite numbers")
            } catch GroupedColumnsError.group(let element, let value) {
                throw ForeignSignalsError.value("membership", index: element, found: value, expected: "0 or 1")
            }
        }
    }

    /// An attack that needs signals and nothing else, with its settings.
    public struct Attack: Sendable {
        /// Its identifier.
        public let id: String
        /// Its settings as text, defaults included.
        public let settings: [String: String]
        let scorer: any SignalScorer

        /// The cards of all of them.
        public static let cards = AttackCatalogue.entries.filter(\.readsSignal).map(\.card)

        /// Reads an identifier and settings, as they stand on a command line.
        ///
        /// - Throws: ``ForeignSignalsError/unknownAttack(_:known:)`` with the known ones, the nearest first, and
        ///   `AttackSettingsError` for a key or a value that the attack does not have.
        public init(id: String, settings: [String: String] = [:]) throws {
            guard case .signals(let type)? = AttackCatalogue.entry(id)?.kind else {
                throw ForeignSignalsError.unknownAttack(id, known: Self.cards.map(\.id).nearestFirst(to: id))
            }
            // A file's scores are compared with other people's, so offline LiRA's are the paper's probabilities.
            let usual = id == OfflineLiRA.card.id ? ["score": OfflineLiRA.Score.probability.rawValue] : [:]
            var read = AttackSettings(
                settings.merging(usual) { own, _ in own }.mapValues(AttackSettings.Value.init))
            scorer = try type.init(&read)
            try read.finish(id)
            self.id = id
            self.settings = read.resolved.mapValues(\.description)
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
    /// A false-positive rate outside [0, 1).
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
        case .rate(let value): "expected a false-positive rate in [0, 1), found \(value); try 0.01"
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

    func features(_ name: String, rows: Int?) throws -> Tensor? {
        guard let values = try values(name, [rows, nil]), let array = file.arrays[name] else { return nil }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw ForeignSignalsError.value(name, index: index, found: values[index], expected: "finite numbers")
        }
        return Tensor(values.map { Float($0) }, shape: array.shape)
    }

    func bits(_ name: String, _ shape: [Int?]) throws -> [Bool]? {
        guard let values = try values(name, shape) else { return nil }
        if let index = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw ForeignSignalsError.value(name, index: index, found: values[index], expected: "0 or 1")
        }
        return values.map { $0 == 1 }
    }

    func pool(candidates: Int) throws -> ForeignSignals.Pool? {
        guard let signals = file.arrays["shadows"] else {
            guard file.arrays["membership"] == nil else {
                throw ForeignSignalsError.unpaired("membership", with: "shadows")
            }
            return nil
        }
        guard let membership = file.arrays["membership"] else {
            throw ForeignSignalsError.unpaired("shadows", with: "membership")
        }
        guard signals.shape.count == 2, signals.shape[1] == candidates else {
            throw ForeignSignalsError.shape("shadows", expected: "[any, \(candidates)]", found: signals.shape)
        }
        guard membership.shape == signals.shape else {
            throw ForeignSignalsError.shape("membership", expected: "\(signals.shape)", found: membership.shape)
        }
        return ForeignSignals.Pool(signals: signals, membership: membership)
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
