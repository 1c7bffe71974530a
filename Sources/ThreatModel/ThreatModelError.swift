/// What can go wrong between an adversary and a victim.
public enum ThreatModelError: Error, Equatable, CustomStringConvertible {
    /// The attack needs knowledge that the adversary was not given.
    case missingKnowledge(String, attack: String)
    /// The victim's family has no such answer.
    case unsupported(String, family: String)
    /// The budget does not cover the query.
    case budgetExhausted(asked: Int, left: Int)
    /// A Gaussian was to be fitted to too few models.
    case tooFewShadows(record: Int, members: Int, nonMembers: Int, needed: Int)
    /// A service does not answer.
    case refused(ServiceRefusal)
    /// Arrays that belong together have different sizes.
    case mismatch(String)

    /// One line: what was expected, what was found, what to do.
    public var description: String {
        switch self {
        case .missingKnowledge(let what, let attack):
            "\(attack) needs \(what), and the adversary was given none; add it to the spec or choose another attack"
        case .unsupported(let what, let family):
            "a \(family) has no \(what); choose an attack or a signal of that family (penumbra attacks lists them)"
        case .budgetExhausted(let asked, let left):
            "the query budget is exhausted: \(asked) queries asked, \(left) left; raise the budget or ask less"
        case .tooFewShadows(let record, let members, let nonMembers, let needed):
            "record \(record) has \(members) IN and \(nonMembers) OUT shadow models, at least \(needed) of each are "
                + "needed to fit a Gaussian; train more shadows or take difficulty-calibration"
        case .refused(let refusal): refusal.description
        case .mismatch(let text): text
        }
    }
}
