import Models
import Statistics
import Tensors
import ThreatModel

/// How alike two encoders represent records, and what a probe reads from each one's codes.
struct CodeFidelity: TheftYardstick {
    private let heldOut: Records
    private let probe: Records?
    private let codes: Tensor
    /// The classes that a probe reads from the victim's codes.
    private let read: [Int32]?

    init(_ victim: Model, _ heldOut: Records, probe: Records?) throws(ThreatModelError) {
        (self.heldOut, self.probe, codes) = (heldOut, probe, try victim.codesChecked(heldOut))
        read = try Self.classes(victim, codes, probe)
    }

    /// Linear CKA of codes and of their directions and, with a probe, its accuracy, what is missing of the victim's, and
    /// how often both probes agree.
    ///
    /// A contrast learns the directions of codes and leaves their lengths to chance, so only codes of length one say how
    /// well it learned them; where those do not vary there is no such measure. A probe is fitted anew to each model's codes, so none of this asks for the victim's coordinates.
    func measures(of model: Model) throws -> [Measure] {
        let found = try model.codesChecked(heldOut)
        let measures = Self.measures(try LinearCKA(codes, found), "") + (try directions(found))
        guard let read, let labels = heldOut.labels, let own = try Self.classes(model, found, probe) else {
            return measures
        }
        let (right, victimRight) = (zip(own, labels).map { $0 == $1 }, zip(read, labels).map { $0 == $1 })
        return measures + [
            .rate("probe accuracy", right),
            .mean("probe accuracy gap", zip(victimRight, right).map { ($0 ? 1 : 0) - ($1 ? 1 : 0) }),
            .rate("probe agreement", zip(own, read).map { $0 == $1 }),
        ]
    }

    private func directions(_ found: Tensor) throws -> [Measure] {
        do {
            return Self.measures(try LinearCKA(codes.unitRows(), found.unitRows()), " of unit codes")
        } catch StatisticsError.constant {
            return []
        }
    }

    private static func measures(_ alignment: LinearCKA, _ what: String) -> [Measure] {
        [Measure(name: "linear CKA\(what)", value: alignment.value)]
            + (alignment.debiased.map { [Measure(name: "debiased linear CKA\(what)", value: $0)] } ?? [])
    }

    private static func classes(
        _ model: Model, _ codes: Tensor, _ probe: Records?
    ) throws(ThreatModelError) -> [Int32]? {
        guard let probe else { return nil }
        return try NearestCentroid(try model.codesChecked(probe), probe.labels ?? []).classes(codes)
    }
}

extension Model {
    /// The codes of records of the encoder's width.
    fileprivate func codesChecked(_ records: Records) throws(ThreatModelError) -> Tensor {
        let width = ServiceCard(id: "", of: self).width
        guard let width, records.features?.columns == width else {
            throw .mismatch("an encoder of \(width ?? 0) inputs for records \(records.features?.shape ?? [])")
        }
        return try codes(records)
    }
}

extension Tensor {
    /// The rows over their lengths; a row of zeros stays.
    fileprivate func unitRows() -> Tensor {
        var result = self
        result.scaleRows(by: rowSquaredNorms().values.map { $0 > 0 ? 1 / $0.squareRoot() : 0 })
        return result
    }
}
