import ThreatModel

/// Who may ask, and how much.
protocol Gatekeeper: Sendable {
    /// Whether every caller needs a key.
    var needsKeys: Bool { get }
    /// Who holds a key.
    ///
    /// - Throws: ``ThreatModel/ServiceRefusal/unauthorised`` when nobody does.
    func account(of key: String?) throws(ThreatModelError) -> String
    /// Refuses what ``admit(key:cost:now:)`` would refuse, and charges nothing.
    ///
    /// - Throws: ``ThreatModel/ThreatModelError`` as it does.
    func check(key: String?, cost: QueryCost, now: ContinuousClock.Instant) throws(ThreatModelError)
    /// Charges a query before it is answered.
    ///
    /// - Throws: ``ThreatModel/ThreatModelError`` when the key is unknown, its budget is spent or it asks too fast.
    func admit(key: String?, cost: QueryCost, now: ContinuousClock.Instant) throws(ThreatModelError)
    /// Gives back what a query was charged and did not use.
    func settle(key: String?, charged: QueryCost, used: QueryCost)
}

/// Admits everybody.
struct OpenGate: Gatekeeper {
    let needsKeys = false

    func account(of key: String?) -> String { "anonymous" }

    func check(key: String?, cost: QueryCost, now: ContinuousClock.Instant) {}

    func admit(key: String?, cost: QueryCost, now: ContinuousClock.Instant) {}

    func settle(key: String?, charged: QueryCost, used: QueryCost) {}
}
