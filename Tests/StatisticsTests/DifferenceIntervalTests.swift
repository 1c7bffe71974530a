import Testing

@testable import Statistics

@Suite struct DifferenceIntervalTests {
    private func rate(_ successes: Int, _ trials: Int) -> Estimate {
        Estimate(
            Double(successes) / Double(trials), .wilson(successes: successes, trials: trials, confidence: 0.95))
    }

    @Test("For two proportions with Wilson's limits it is Newcombe's interval: his published example")
    func newcombe() throws {
        // Newcombe 1998, table II, method 10: 56/70 − 48/80 gives 0.0524 to 0.3339.
        let difference = try #require(rate(56, 70).difference(from: rate(48, 80)))
        #expect(abs(difference.value - 0.2) < 1e-12)
        #expect(abs(difference.interval.lower - 0.0524) < 5e-5)
        #expect(abs(difference.interval.upper - 0.3339) < 5e-5)
    }

    @Test("The other way round the interval is mirrored, and different confidences have none")
    func mirrored() throws {
        let (one, two) = (rate(3, 20), rate(15, 30))
        let (there, back) = (try #require(one.difference(from: two)), try #require(two.difference(from: one)))
        #expect(isClose(there.interval.lower, -back.interval.upper, within: 1e-12))
        var other = two
        other.interval.confidence = 0.9
        #expect(one.difference(from: other) == nil)
    }

    @Test("Intervals that touch overlap")
    func overlap() {
        let low = Interval(lower: 0, upper: 0.5, confidence: 0.95)
        #expect(low.overlaps(Interval(lower: 0.5, upper: 1, confidence: 0.95)))
        #expect(low.overlaps(Interval(lower: -1, upper: 2, confidence: 0.95)))
        #expect(!low.overlaps(Interval(lower: 0.6, upper: 1, confidence: 0.95)))
        #expect(!Interval(lower: 0.6, upper: 1, confidence: 0.95).overlaps(low))
    }
}
