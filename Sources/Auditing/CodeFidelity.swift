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

    /// Linear CKA and, with a probe, its accuracy, what is missing of the victim's, and how often both probes agree.
    ///
    /// A probe is fitted anew to each model's codes, so none of this asks for the victim's coordinates.
    func measures(of model: Model) throws -> [Measure] {
        let found = try model.codesChecked(heldOut)
        let alignment = try LinearCKA(codes, found)
        var measures = [Measure(name: "linear CKA", value: alignment.value)]
        if let debiased = alignment.debiased { measures.append(Measure(name: "debiased linear CKA", value: debiased)) }
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
