import Testing

@testable import Benchmarks

@Suite("The stopwatch")
struct StopwatchTests {
    @Test("times the windows of a plan, warm-up left out")
    func windows() {
        let windows = timed(StepPlan(warmup: 3, steps: 4, windows: 2), itemsPerStep: 10) { _ in }
        #expect(windows.map(\.items) == [40, 40])
        #expect(windows.allSatisfy { $0.seconds > 0 })
    }

    @Test("begins and ends windows at the first mark that reaches them")
    func coarseMarks() {
        let watch = Stopwatch()
        for step in stride(from: 7, through: 49, by: 7) { watch.reached(step) }
        var asked: [Range<Int>] = []
        let windows = watch.windows(StepPlan(warmup: 10, steps: 12, windows: 3)) { steps in
            asked.append(steps)
            return steps.count
        }
        #expect(asked == [14..<28, 28..<35, 35..<49])
        #expect(windows.map(\.items) == [14, 7, 14])
    }

    @Test("gives no window to steps that were not taken")
    func tooShort() {
        let watch = Stopwatch()
        watch.reached(5)
        #expect(watch.windows(StepPlan(warmup: 2, steps: 10, windows: 2)) { $0.count }.isEmpty)
    }

    @Test("a measurement's rate is the median of its windows'")
    func rate() {
        let windows = [(1.0, 30.0), (2, 20), (1, 20)].map { Window(seconds: $0.0, items: $0.1) }
        #expect(BenchmarkRun(windows: windows).itemsPerSecond == 20)
    }
}
