import Statistics
import Testing

@testable import Auditing

@Suite("Measures of repetitions")
struct RepeatedMeasuresTests {
    private func measure(_ value: Double, halfWidth: Double? = nil, name: String = "agreement") -> Measure {
        Measure(
            name: name, value: value,
            interval: halfWidth.map { Interval(lower: value - $0, upper: value + $0, confidence: 0.95) },
            control: value / 2)
    }

    @Test("One repetition is what it is, and none is nothing")
    func single() {
        #expect(Measure.means(of: [[measure(0.5, halfWidth: 0.1)]]) == [measure(0.5, halfWidth: 0.1)])
        #expect(Measure.means(of: []).isEmpty)
    }

    @Test("The interval has the spread of the repetitions and the records of one, in squares")
    func squares() throws {
        // Student's half-width of 1, 2, 3: t(0.975, 2) / sqrt(3).
        let student = 4.302652729911275 / 3.0.squareRoot()
        let spread = Measure.means(of: [1, 2, 3].map { [measure($0)] })[0]
        let interval = try #require(spread.interval)
        #expect(spread.value == 2 && spread.control == 1 && abs(interval.upper - 2 - student) < 1e-9)
        let both = Measure.means(of: [1, 2, 3].map { [measure($0, halfWidth: 4)] })[0]
        let wide = try #require(both.interval)
        #expect(abs(wide.upper - 2 - (student * student + 16).squareRoot()) < 1e-9)
        #expect(abs(wide.upper + wide.lower - 4) < 1e-9)
        // The same records misled each repetition alike: more of them do not shrink that part.
        let same = Measure.means(of: (0..<50).map { _ in [measure(2, halfWidth: 4)] })[0]
        #expect(abs((same.interval?.upper ?? 0) - 6) < 1e-9)
    }

    @Test("What is the same each time has no interval, and what is not always there says how often")
    func missing() {
        let found = Measure.means(of: [
            [measure(3, name: "price"), measure(10, name: "detection")], [measure(3, name: "price")],
            [measure(3, name: "price"), measure(20, name: "detection")],
        ])
        #expect(found.map(\.name) == ["price", "detection"])
        #expect(found[0] == measure(3, name: "price"))
        #expect(found[1].value == 15 && found[1].unit == "in 2 of 3 repetitions")
    }
}
