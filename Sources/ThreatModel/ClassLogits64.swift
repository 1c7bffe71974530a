public import Tensors

/// The logits of a classifier with one hidden layer, computed in double precision.
///
/// No interface gives them: the probabilities of one are rounded to single precision, where the kinks that an attack
/// looks for drown. An owner can grant this access to learn what exact answers would give away.
public struct ClassLogits64: Access {
    private let victim: Result<OneHiddenLayer, ThreatModelError>
    private let meter: QueryMeter

    /// Opens the access.
    public init(to victim: Victim, meter: QueryMeter) {
        let model = victim.model
        self.victim = Result { () throws(ThreatModelError) in try OneHiddenLayer(model) }
        self.meter = meter
    }

    /// The numbers of a record.
    ///
    /// - Throws: ``ThreatModelError`` when the victim is no classifier of one hidden layer.
    public var inputs: Int { get throws(ThreatModelError) { try victim.get().hidden.columns } }

    /// Returns the logits of each record, [count, classes]; one query per record.
    ///
    /// - Shapes: records [count, `inputs`], any numbers.
    /// - Throws: ``ThreatModelError`` when the victim is no classifier of one hidden layer, the records are of another
    ///   width or the budget is exhausted.
    public func logits(_ records: RealMatrix) throws(ThreatModelError) -> RealMatrix {
        let network = try victim.get()
        guard records.columns == network.hidden.columns else {
            throw .mismatch("expected rows of \(network.hidden.columns) numbers, found \(records.columns)")
        }
        try meter.charge(records.rows)
        return network.logits(records)
    }
}
