/// What is wrong with the numbers that a statistic was given.
public enum StatisticsError: Error, Equatable, CustomStringConvertible {
    /// Scores and labels do not pair up.
    case countsDiffer(scores: Int, labels: Int)
    /// No candidate is a member.
    case noMember
    /// No candidate is a non-member.
    case noNonMember
    /// The score at this index is not a number.
    case notANumber(index: Int)
    /// The prediction at this index is no probability.
    case notAProbability(index: Int)
    /// The sample is too small for the statistic.
    case tooFew(needed: Int, found: Int)
    /// The sample is too large for the statistic.
    case tooMany(allowed: Int, found: Int)
    /// The value at this index is infinite or not a number.
    case notFinite(index: Int)
    /// All values are equal.
    case constant
    /// The statistic of a resample is not a number.
    case undefinedReplicate(Int)

    /// What was expected, what was found, and what to do.
    public var description: String {
        switch self {
        case .countsDiffer(let scores, let labels):
            "expected one label per score, got \(scores) scores and \(labels) labels; drop the unpaired ones"
        case .noMember:
            "expected members and non-members, got no member; draw candidates from the training set too"
        case .noNonMember:
            "expected members and non-members, got no non-member; draw candidates from held-out data too"
        case .notANumber(let index):
            "expected a score, got NaN at index \(index); rank undefined scores explicitly, for example as -infinity"
        case .notAProbability(let index):
            "expected probabilities, got something outside 0 to 1 at index \(index); convert scores first"
        case .tooFew(let needed, let found):
            "expected at least \(needed) values, got \(found); add repetitions"
        case .tooMany(let allowed, let found):
            "expected at most \(allowed) values, got \(found); test a part of them"
        case .notFinite(let index):
            "expected finite values, got another at index \(index); leave it out"
        case .constant:
            "expected values that differ, got one value only; nothing can be said of its distribution"
        case .undefinedReplicate(let replicate):
            "expected a number, got NaN on replicate \(replicate); use a statistic that is defined on every resample"
        }
    }
}
