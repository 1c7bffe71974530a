import Synchronization

/// When a training reached which step.
final class Stopwatch: Sendable {
    private struct Mark {
        var step: Int
        var time: ContinuousClock.Instant
    }
    private let marks = Mutex([Mark(step: 0, time: .now)])

    /// Notes that so many steps are done.
    func reached(_ step: Int) { marks.withLock { $0.append(Mark(step: step, time: .now)) } }

    /// Returns the windows of a plan, each from the first mark at or after its beginning to that at or after its end.
    func windows(_ plan: StepPlan, items: (Range<Int>) -> Int) -> [Window] {
        let marks = marks.withLock { $0 }
        let bounds = (0...plan.windows).compactMap { window in
            marks.first { $0.step >= plan.warmup + window * plan.steps }
        }
        return zip(bounds, bounds.dropFirst()).filter { $0.step < $1.step }.map { begin, end in
            Window(
                seconds: begin.time.duration(to: end.time) / .seconds(1), items: Double(items(begin.step..<end.step)))
        }
    }
}

/// Takes the steps of a plan and times its windows.
func timed(_ plan: StepPlan, itemsPerStep: Int, _ step: (Int) -> Void) -> [Window] {
    let watch = Stopwatch()
    for index in 0..<plan.total {
        step(index)
        watch.reached(index + 1)
    }
    return watch.windows(plan) { $0.count * itemsPerStep }
}
