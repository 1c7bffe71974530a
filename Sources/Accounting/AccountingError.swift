/// What is wrong with a question to an accountant.
public enum AccountingError: Error, Equatable, CustomStringConvertible {
    /// A noise multiplier that is not positive and finite.
    case noiseMultiplier(Double)
    /// A Laplace scale that is not positive and finite.
    case scale(Double)
    /// A number of trials, on average, that no distribution here has.
    case trials(Double)
    /// An event whose privacy loss has no distribution that composes.
    case noDominatingPair
    /// A sampling rate outside [0, 1].
    case rate(Double)
    /// A number of repetitions that is negative or does not fit an `Int`.
    case count(Int)
    /// A delta outside (0, 1).
    case delta(Double)
    /// An epsilon that is negative or not a number.
    case epsilon(Double)
    /// A tolerance that is not positive.
    case tolerance(Double)
    /// No orders, or one that is not finite or not above 1.
    case orders([Double])
    /// A group without a member.
    case groupSize(Int)
    /// Counts of a test that are negative, exceed their totals, or have an empty side.
    case counts(BinaryCounts)
    /// A confidence outside (0, 1).
    case confidence(Double)
    /// More right guesses than guesses, more guesses than canaries, or no canary.
    case guesses(canaries: Int, guesses: Int, correct: Int)
    /// No noise multiplier reaches the target: at infinite noise the bound is still `smallest`.
    case unreachable(epsilon: Double, smallest: Double)

    /// What was expected, what was found, and what to do.
    public var description: String {
        switch self {
        case .noiseMultiplier(let value):
            "expected a positive finite noise multiplier, got \(value); without noise there is no finite epsilon"
        case .scale(let value):
            "expected a positive finite Laplace scale, got \(value); use noise scale / sensitivity"
        case .trials(let value):
            "expected a mean of more than one trial (or above 0 for Poisson), got \(value); try 10"
        case .noDominatingPair:
            "expected events with a privacy loss distribution, got a selection among trials; use the accountant rdp"
        case .rate(let value):
            "expected a sampling rate in [0, 1], got \(value); use batch size / training records"
        case .count(let value):
            "expected a number of steps from 0 to \(Int.max), got \(value); count optimizer steps, not examples"
        case .delta(let value):
            "expected delta in (0, 1), got \(value); use less than 1 / training records"
        case .epsilon(let value):
            "expected an epsilon that is not negative, got \(value); try 1"
        case .tolerance(let value):
            "expected a positive tolerance, got \(value); try 0.0001"
        case .orders(let values):
            "expected at least one finite Renyi order, all above 1, got \(values); leave the default"
        case .groupSize(let value):
            "expected a group of at least one record, got \(value); use the number of copies of a canary"
        case .counts(let counts):
            "expected positives and negatives, and at most as many of them flagged, got \(counts.truePositives) of "
                + "\(counts.positives) and \(counts.falsePositives) of \(counts.negatives); add trials to the empty side"
        case .confidence(let value):
            "expected a confidence in (0, 1), got \(value); try 0.95"
        case .guesses(let canaries, let guesses, let correct):
            "expected correct guesses <= guesses <= canaries and at least one canary, got \(correct), \(guesses) and "
                + "\(canaries); abstain on the others"
        case .unreachable(let epsilon, let smallest):
            "expected an epsilon above \(smallest), which these orders give at infinite noise, got \(epsilon); "
                + "raise epsilon or delta, or add larger orders"
        }
    }

    static func checkNoiseMultiplier(_ value: Double) throws(AccountingError) {
        guard value > 0, value.isFinite else { throw .noiseMultiplier(value) }
    }

    static func checkScale(_ value: Double) throws(AccountingError) {
        guard value > 0, value.isFinite else { throw .scale(value) }
    }

    static func checkRate(_ value: Double) throws(AccountingError) {
        guard value >= 0, value <= 1 else { throw .rate(value) }
    }

    static func checkCount(_ value: Int) throws(AccountingError) {
        guard value >= 0 else { throw .count(value) }
    }

    static func checkDelta(_ value: Double) throws(AccountingError) {
        guard value > 0, value < 1 else { throw .delta(value) }
    }

    static func checkEpsilon(_ value: Double) throws(AccountingError) {
        guard value >= 0 else { throw .epsilon(value) }
    }

    /// A lower bound may grant no failure at all.
    static func checkDeltaOrZero(_ value: Double) throws(AccountingError) {
        guard value >= 0, value < 1 else { throw .delta(value) }
    }

    static func checkConfidence(_ value: Double) throws(AccountingError) {
        guard value > 0, value < 1 else { throw .confidence(value) }
    }
}
