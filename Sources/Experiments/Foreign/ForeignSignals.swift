import Attacks
import Foundation
import Tensors
import ThreatModel

/// The signals in a file, for every ``SignalScorer``.
struct ForeignSignals {
    /// What the numbers are.
    enum Kind: Sendable, Equatable {
        /// The probability of the true class, in (0, 1): LiRA takes its logit, all other attacks its logarithm.
        case confidence
        /// A signal of Penumbra's own, with its orientation.
        case known(Signal)

        static let names = ["confidence"] + Signal.allCases.map(\.rawValue)

        /// Reads a name.
        ///
        /// - Throws: ``ForeignFileError/unknownSignal(_:)``.
        init(_ name: String) throws(ForeignFileError) {
            let signal = Signal(rawValue: name)
            guard signal != nil || name == "confidence" else { throw .unknownSignal(name) }
            self = signal.map(Kind.known) ?? .confidence
        }

        /// Whether it is a mean negative log-likelihood.
        var isLoss: Bool { self == .known(.loss) || self == .known(.tokenLoss) }

        var domain: ForeignArrays.Domain { self == .confidence ? .probability : .finite }

        /// The values on a scale, on all of which higher means member.
        func scaled(_ values: [Double], _ scale: SignalScale) -> [Double] {
            switch self {
            case .confidence: values.map { scale == .logit ? log($0) - log1p(-$0) : log($0) }
            case .known(let signal): signal.scaled(values, scale)
            }
        }
    }

    private let arrays: ForeignArrays
    private let kind: Kind
    /// The victim's signal, one per candidate.
    private let target: [Double]

    /// Reads the target, of a language model's tokens if need be.
    ///
    /// - Throws: ``ForeignFileError`` when it is not there, not of the kind that the metadata name, or those name none.
    init(_ arrays: ForeignArrays) throws(ForeignFileError) {
        self.arrays = arrays
        let named = try arrays.signal.map { name throws(ForeignFileError) in try Kind(name) }
        if !arrays.has("target"), arrays.has("token_log_probabilities"), named?.isLoss ?? true {
            kind = named ?? .known(.tokenLoss)
            target = try arrays.textLosses()
        } else {
            let found = try arrays.array("target")
            guard let named else { throw .missingSignal }
            kind = named
            target = found.doubles
            // Zero times anything finite is zero: one pass for millions of numbers, and a search only when it fails.
            if kind == .confidence || !target.reduce(0, { $0 + 0 * $1 }).isZero {
                try kind.domain.check(target, in: target.indices, of: "target")
            }
        }
    }

    /// Returns one score per candidate; higher means member.
    ///
    /// - Throws: ``ForeignFileError``; `ThreatModelError` when there are too few shadows.
    func scores(_ scorer: any SignalScorer) throws -> [Double] {
        // A pool of millions of numbers is read where it lies; only what transforms each number needs arrays of them.
        if let lira = scorer as? LiRA, lira.centre == .mean, kind != .confidence, arrays.has("shadows") {
            let (signals, membership) = try pool()
            if signals.canBeGrouped, membership.canGroup {
                let columns = try columns(signals, membership, variances: lira.variance == .perRecord)
                return try LiRA.scores(columns, variance: lira.variance)
            }
        }
        return try scorer.scores(table(for: scorer))
    }

    private func table(for scorer: any SignalScorer) throws -> SignalTable {
        let (scale, needs) = (type(of: scorer).scale, scorer.needs)
        var table = SignalTable(target: try scaled(target, scale, "target"))
        if needs.contains(.shadows) {
            _ = try pool()
            let signals = try rows("shadows", scale)
            let bits = try arrays.rows("membership", .bit).map { $0.map { $0 == 1 } }
            table.shadows = try ShadowView(signals: signals, membership: bits)
        }
        if needs.contains(.population) {
            table.population = try rows("population", scale)[0]
            if needs.contains(.shadows) { table.populationShadows = try rows("population_shadows", scale) }
        }
        if needs.contains(.descriptors) {
            table.features = try arrays.tensor("features", .finite)
            table.populationFeatures = try arrays.tensor("population_features", .finite)
        }
        return table
    }

    /// The signal of every shadow and what it saw, as they lie in the file, their values unchecked.
    private func pool() throws(ForeignFileError) -> (signals: Safetensors.Array, membership: Safetensors.Array) {
        for (name, other) in [("shadows", "membership"), ("membership", "shadows")] {
            if arrays.has(name), !arrays.has(other) { throw .unpaired(name, with: other) }
        }
        return (try arrays.array("shadows"), try arrays.array("membership"))
    }

    /// The moments of each candidate's IN and OUT models, as deviations from the target.
    private func columns(
        _ signals: Safetensors.Array, _ membership: Safetensors.Array, variances: Bool
    ) throws -> GroupedColumns {
        do {
            return try signals.grouped(by: membership, origin: target, variances: variances)
        } catch GroupedColumnsError.notFinite(let element, let value) {
            throw ForeignFileError.value("shadows", index: element, found: value, expected: "finite numbers")
        } catch GroupedColumnsError.group(let element, let value) {
            throw ForeignFileError.value("membership", index: element, found: value, expected: "0 or 1")
        }
    }

    private func rows(_ name: String, _ scale: SignalScale) throws(ForeignFileError) -> [[Double]] {
        var scaledRows: [[Double]] = []
        for row in try arrays.rows(name, kind.domain) {
            scaledRows.append(try scaled(row, scale, name, from: scaledRows.count * row.count))
        }
        return scaledRows
    }

    private func scaled(
        _ values: [Double], _ scale: SignalScale, _ name: String, from start: Int = 0
    ) throws(ForeignFileError) -> [Double] {
        let scaled = kind.scaled(values, scale)
        if let index = scaled.firstIndex(where: { !$0.isFinite }) {
            throw .saturated(name, index: start + index, value: values[index], attack: arrays.reader)
        }
        return scaled
    }
}

extension Safetensors.Array {
    /// Whether the moments of its columns can be taken where they lie.
    fileprivate var canBeGrouped: Bool { type == .float32 || type == .float64 }
    /// Whether it can say to which group an element belongs.
    fileprivate var canGroup: Bool { type == .uint8 || type == .bool }
}
