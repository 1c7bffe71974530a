import Foundation
import Statistics

/// Tests whether every record entered every batch by a coin flip of its own with the claimed rate.
///
/// Six tests, whose levels add up (Bonferroni): how many records were read in all (exact), the spread of the batch sizes and
/// their distribution (Pearson's χ² against the binomial), the spread of how often each record was read (records that are
/// favoured, or dealt out evenly as by a shuffle), how much successive batches overlap, and how often any two records came
/// together (exact). A shuffle with batches of one size fails by its sizes, and one with random sizes by its records.
public enum SamplerChiSquared {
    /// Any two of at most so many records, evenly spaced, are compared.
    static let mostPairs = 2048

    static let total = "the number of records read"
    static let spread = "the spread of the batch sizes"
    static let sizes = "the distribution of the batch sizes"
    static let records = "the spread of how often records are read"
    static let overlap = "the overlap of successive batches"
    static let pairs = "how often two records come together"
    static let distinct = "a record twice in a batch"

    /// Tests batches.
    ///
    /// - Parameters:
    ///   - batches: the records of each step.
    ///   - rate: the claimed sampling rate, in (0, 1].
    ///   - level: the least probability with which a true claim is accepted, in (0, 1).
    /// - Returns: caught when the joint p-value is below 1 − level, when a batch holds a record twice, and at rate 1 when a
    ///   batch does not hold every record.
    /// - Complexity: O(steps · batch²) for the pairs.
    public static func verdict(on batches: BatchList, rate: Double, level: Double) -> Verdict {
        precondition(rate > 0 && rate <= 1, "a sampling rate of \(rate)")
        let passed = "\(batches.batches.count) Poisson batches at rate \(rate.short) of \(batches.records) records"
        if let broken = impossible(batches, rate) {
            return .screening([broken], by: .sampler, level: level, passed: passed)
        }
        guard rate < 1 else {
            let check = Check(total, statistic: 1, pValue: 1)
            return .screening([check], by: .sampler, level: level, passed: "every batch holds every record")
        }
        let flips = Flips(batches, rate)
        let checks = [
            flips.totalCheck, flips.spreadCheck, flips.sizesCheck, flips.recordsCheck, flips.overlapCheck,
            flips.pairsCheck,
        ]
        var verdict = Verdict.screening(checks, by: .sampler, level: level, passed: passed)
        if verdict.isCaught { verdict.words += ": \(verdict.worst.statistic.short) of what is expected" }
        return verdict
    }

    /// What no coin flips give.
    private static func impossible(_ batches: BatchList, _ rate: Double) -> Check? {
        if batches.batches.contains(where: { Set($0).count != $0.count }) {
            return Check(distinct, statistic: 1, pValue: 0)
        }
        let fewest = batches.batches.map(\.count).min() ?? 0
        return rate == 1 && fewest < batches.records
            ? Check(total, statistic: Double(fewest) / Double(batches.records), pValue: 0) : nil
    }
}

/// Batches as coin flips of rate q below 1: T steps, N records.
private struct Flips {
    let batches: [[Int]]
    let records: Int
    let rate: Double
    let sizes: [Int]

    init(_ list: BatchList, _ rate: Double) {
        (batches, records, self.rate) = (list.batches, list.records, rate)
        sizes = list.batches.map(\.count)
    }

    /// q(1 − q), the variance of a flip.
    var variance: Double { rate * (1 - rate) }
    var steps: Int { batches.count }

    var totalCheck: Check {
        let found = sizes.reduce(0, +)
        let law = Binomial(trials: steps * records, probability: rate)
        let tail = min(law.probability(atMost: found), law.probability(atLeast: found))
        return Check(
            SamplerChiSquared.total, statistic: Double(found) / (Double(steps * records) * rate),
            pValue: min(1, 2 * tail))
    }

    var spreadCheck: Check { dispersion(SamplerChiSquared.spread, sizes, of: records) }

    var recordsCheck: Check {
        var counts = [Int](repeating: 0, count: records)
        for index in batches.joined() { counts[index] += 1 }
        return dispersion(SamplerChiSquared.records, counts, of: steps)
    }

    /// Σ (c − nq)²/nq(1−q) of independent binomial counts c of n flips, per count.
    ///
    /// Its mean is the number of counts; the χ² distribution is scaled to its variance, which binomial counts make larger
    /// by their excess kurtosis κ: (2 + κ) per count.
    private func dispersion(_ name: String, _ counts: [Int], of flips: Int) -> Check {
        let (mean, square) = (Double(flips) * rate, Double(flips) * variance)
        let sum = counts.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) / square }
        let kurtosis = (1 - 6 * variance) / square
        let scale = 1 + kurtosis / 2
        let law = ChiSquared(degreesOfFreedom: Double(counts.count) / scale)
        return Check(name, statistic: sum / Double(counts.count), pValue: law.twoSidedPValue(sum / scale))
    }

    /// Pearson's χ² of the batch sizes in bins of at least ten expected batches; the statistic is per degree of freedom.
    var sizesCheck: Check {
        let law = Binomial(trials: records, probability: rate)
        var bins: [(expected: Double, last: Int)] = []
        var (pending, covered) = (0.0, 0.0)
        for size in 0...records {
            let probability = Foundation.exp(law.logProbability(of: size))
            pending += probability * Double(steps)
            covered += probability * Double(steps)
            if pending >= 10 {
                bins.append((pending, size))
                pending = 0
            }
            if Double(steps) - covered < 1e-9 { break }
        }
        guard bins.count > 1 else { return Check(SamplerChiSquared.sizes, statistic: 1, pValue: 1) }
        // What is left on the right joins the last bin.
        bins[bins.count - 1].expected += Double(steps) - bins.reduce(0) { $0 + $1.expected }
        bins[bins.count - 1].last = records
        var found = [Double](repeating: 0, count: bins.count)
        for size in sizes { found[bins.firstIndex { size <= $0.last } ?? bins.count - 1] += 1 }
        let sum = zip(found, bins).reduce(0.0) { $0 + ($1.0 - $1.1.expected) * ($1.0 - $1.1.expected) / $1.1.expected }
        let degrees = Double(bins.count - 1)
        return Check(
            SamplerChiSquared.sizes, statistic: sum / degrees,
            pValue: ChiSquared(degreesOfFreedom: degrees).probability(atLeast: sum))
    }

    /// Σ (x(t, i) − q)(x(t+1, i) − q), of uncorrelated products with variance (q(1−q))²; taken as normal.
    ///
    /// The statistic is the number of records that two successive batches share, of what is expected.
    var overlapCheck: Check {
        guard steps > 1 else { return Check(SamplerChiSquared.overlap, statistic: 1, pValue: 1) }
        var shared = 0
        var sum = 0.0
        for step in 1..<steps {
            let before = Set(batches[step - 1])
            let both = batches[step].count { before.contains($0) }
            shared += both
            sum += Double(both) - rate * Double(sizes[step - 1] + sizes[step]) + Double(records) * rate * rate
        }
        let products = Double((steps - 1) * records)
        let deviations = sum / (variance * products.squareRoot())
        return Check(
            SamplerChiSquared.overlap, statistic: Double(shared) / (products * rate * rate),
            pValue: min(1, 2 * normalCDF(-abs(deviations))))
    }

    /// The pair of records that comes together most often; Bonferroni over the pairs.
    var pairsCheck: Check {
        let count = min(records, SamplerChiSquared.mostPairs)
        guard count > 1 else { return Check(SamplerChiSquared.pairs, statistic: 1, pValue: 1) }
        let chosen = Dictionary(uniqueKeysWithValues: (0..<count).map { ($0 * records / count, $0) })
        var together = [UInt32](repeating: 0, count: count * count)
        for batch in batches {
            let places = batch.compactMap { chosen[$0] }.sorted()
            for (index, first) in places.enumerated() {
                for second in places[..<index] { together[first * count + second] += 1 }
            }
        }
        let most = Int(together.max() ?? 0)
        let law = Binomial(trials: steps, probability: rate * rate)
        return Check(
            SamplerChiSquared.pairs, statistic: Double(most) / (Double(steps) * rate * rate),
            pValue: min(1, Double(count * (count - 1) / 2) * law.probability(atLeast: most)))
    }
}
