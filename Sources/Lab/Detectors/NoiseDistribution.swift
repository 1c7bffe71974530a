import Statistics
import Tensors

/// Tests whether what a mechanism adds to the clipped sum is independent normal noise of the claimed deviation.
///
/// Noise that depends on the step, the coordinate or the data shows in one of nine tests, whose levels add up (Bonferroni):
/// the variance over all, per step and per coordinate (a step or a layer without noise), the distribution (Kolmogorov and
/// Smirnov), a part that all steps share and one that all coordinates share, and correlations of neighbouring steps, of
/// any two steps and of any two coordinates. Under the claim they are exact, but for the correlation of neighbours, a sum
/// of steps · d products that is taken as normal, and the distribution, whose p-value is that of the limit.
public enum NoiseDistribution {
    /// Any two of at most so many steps, or coordinates, are compared.
    static let mostPairs = 1024
    /// The distribution is that of at most so many values, evenly spaced.
    static let mostValues = 1_000_000

    /// Tests noise in units of its claimed deviation.
    ///
    /// - Parameters:
    ///   - noise: released less clipped, divided by the claimed deviation.
    ///   - level: the least probability with which a true claim is accepted, in (0, 1).
    /// - Returns: caught when the joint p-value is below 1 − level.
    /// - Complexity: O(steps · d · min(steps, 1024)) and a sort.
    public static func verdict(on noise: NoiseMatrix, level: Double) -> Verdict {
        let summary =
            "independent normal noise of the claimed deviation over \(noise.steps) steps and \(noise.width) coordinates"
        guard noise.values.allSatisfy(\.isFinite) else {
            let check = Check("a number in every coordinate", statistic: .nan, pValue: 0)
            return .screening([check], by: .noiseDistribution, level: level, passed: summary)
        }
        // Where several p-values are too small for a number, the first speaks: the general before the particular.
        let spread = variances(noise)
        let checks = [spread[0]] + shared(noise) + correlations(noise) + spread.dropFirst() + [distribution(noise)]
        var verdict = Verdict.screening(checks, by: .noiseDistribution, level: level, passed: summary)
        if verdict.isCaught { verdict.words += ": " + explained(verdict.worst) }
        return verdict
    }

    private static func explained(_ check: Check) -> String {
        "\(check.statistic.short) where \(expected[check.name] ?? "")"
    }

    /// What each statistic is about when the claim holds.
    private static let expected = [
        variance: "1 is claimed", stepVariance: "1 is claimed", coordinateVariance: "1 is claimed",
        normality: "0 is claimed", sharedBySteps: "1 is claimed", sharedByCoordinates: "1 is claimed",
        neighbours: "0 is claimed", anySteps: "0 is claimed", anyCoordinates: "0 is claimed",
    ]
    static let variance = "the variance"
    static let stepVariance = "the variance of one step"
    static let coordinateVariance = "the variance of one coordinate"
    static let normality = "the distribution"
    static let sharedBySteps = "what all steps share"
    static let sharedByCoordinates = "what all coordinates share"
    static let neighbours = "the correlation of neighbouring steps"
    static let anySteps = "the correlation of two steps"
    static let anyCoordinates = "the correlation of two coordinates"
}

extension NoiseDistribution {
    /// Mean squares, over all, in the oddest step and in the oddest coordinate.
    private static func variances(_ noise: NoiseMatrix) -> [Check] {
        var (steps, coordinates) = ([Double](), [Double](repeating: 0, count: noise.width))
        for step in 0..<noise.steps {
            var sum = 0.0
            for (place, value) in noise.row(step).enumerated() {
                sum += value * value
                coordinates[place] += value * value
            }
            steps.append(sum)
        }
        return [
            meanSquare(variance, [steps.reduce(0, +)], each: noise.values.count),
            meanSquare(stepVariance, steps, each: noise.width),
            meanSquare(coordinateVariance, coordinates, each: noise.steps),
        ]
    }

    /// The oddest of some sums of `count` squares each, as a mean; Bonferroni over the sums.
    private static func meanSquare(_ name: String, _ sums: [Double], each count: Int) -> Check {
        let law = ChiSquared(degreesOfFreedom: Double(count))
        // The tails fall outwards, so the oddest is the smallest or the largest.
        let ends = [sums.min() ?? 0, sums.max() ?? 0].map { ($0, law.twoSidedPValue($0)) }
        let (sum, pValue) = ends[0].1 < ends[1].1 ? ends[0] : ends[1]
        return Check(name, statistic: sum / Double(count), pValue: min(1, Double(sums.count) * pValue))
    }

    private static func distribution(_ noise: NoiseMatrix) -> Check {
        let gap = max(1, noise.values.count / mostValues)
        let values = stride(from: 0, to: noise.values.count, by: gap).map { noise.values[$0] }
        guard let test = try? KolmogorovSmirnov(values, against: normalCDF) else {
            // Fewer than five values say nothing of a distribution.
            return Check(normality, statistic: 0, pValue: 1)
        }
        return Check(normality, statistic: test.statistic, pValue: test.pValue)
    }

    /// Sums over steps, and over coordinates, scaled to variance one: their mean squares.
    private static func shared(_ noise: NoiseMatrix) -> [Check] {
        var (overSteps, overCoordinates) = ([Double](repeating: 0, count: noise.width), [Double]())
        for step in 0..<noise.steps {
            var sum = 0.0
            for (place, value) in noise.row(step).enumerated() {
                overSteps[place] += value
                sum += value
            }
            overCoordinates.append(sum)
        }
        let bySteps = overSteps.reduce(0) { $0 + $1 * $1 } / Double(noise.steps)
        let byCoordinates = overCoordinates.reduce(0) { $0 + $1 * $1 } / Double(noise.width)
        return [
            meanSquare(sharedBySteps, [bySteps], each: noise.width),
            meanSquare(sharedByCoordinates, [byCoordinates], each: noise.steps),
        ]
    }

    private static func correlations(_ noise: NoiseMatrix) -> [Check] {
        let steps = (0..<min(noise.steps, mostPairs)).map { Array(noise.row($0)) }
        let count = min(noise.width, mostPairs)
        let columns = noise.columns((0..<count).map { $0 * noise.width / count })
        return [lagOne(noise), largestCorrelation(anySteps, steps), largestCorrelation(anyCoordinates, columns)]
    }

    /// Σ z(t, i)·z(t + 1, i), of uncorrelated products with variance one.
    private static func lagOne(_ noise: NoiseMatrix) -> Check {
        guard noise.steps > 1 else { return Check(neighbours, statistic: 0, pValue: 1) }
        let count = Double((noise.steps - 1) * noise.width)
        let sum = (1..<noise.steps).reduce(0.0) { sum, step in
            zip(noise.row(step - 1), noise.row(step)).reduce(sum) { $0 + $1.0 * $1.1 }
        }
        return Check(neighbours, statistic: sum / count, pValue: min(1, 2 * normalCDF(-abs(sum) / count.squareRoot())))
    }

    /// The largest cosine of any two vectors of independent normal numbers of mean zero; Bonferroni over the pairs.
    ///
    /// The square of one is beta distributed with parameters ½ and (n − 1)/2, exactly.
    private static func largestCorrelation(_ name: String, _ vectors: [[Double]]) -> Check {
        let size = vectors[0].count
        guard vectors.count > 1, size > 1 else { return Check(name, statistic: 0, pValue: 1) }
        let unit = vectors.map { vector -> [Float] in
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { Float(norm > 0 ? $0 / norm : 0) }
        }
        let matrix = Tensor(unit.flatMap { $0 }, shape: [vectors.count, size])
        let cosines = matmul(matrix, matrix, transposing: .right)
        var worst: Float = 0
        for row in 1..<vectors.count {
            for cosine in cosines.row(row).prefix(row) where abs(cosine) > abs(worst) { worst = cosine }
        }
        let pairs = Double(vectors.count * (vectors.count - 1) / 2)
        let rest = max(0, 1 - Double(worst) * Double(worst))
        let pValue = regularizedIncompleteBeta(rest, Double(size - 1) / 2, 0.5)
        return Check(name, statistic: Double(worst), pValue: min(1, pairs * pValue))
    }
}
