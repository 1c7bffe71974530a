import Testing
import Training

@Suite struct OptimiserTests {
    @Test("A constant schedule is one everywhere")
    func constant() {
        #expect([0, 7, 99].allSatisfy { Schedule.constant.factor(step: $0, of: 100) == 1 })
    }

    @Test("A cosine schedule rises linearly, starts down from one, and is half way at half time")
    func cosine() {
        let schedule = Schedule.cosine(warmup: 10, floor: 0.2)
        #expect((0..<10).map { schedule.factor(step: $0, of: 110) } == (1...10).map { Float($0) / 10 })
        #expect(schedule.factor(step: 10, of: 110) == 1)
        #expect(abs(schedule.factor(step: 60, of: 110) - 0.6) < 1e-6)
        #expect(abs(schedule.factor(step: 110, of: 110) - 0.2) < 1e-6)
        #expect(abs(schedule.factor(step: 500, of: 110) - 0.2) < 1e-6)
        let fall = (10...110).map { schedule.factor(step: $0, of: 110) }
        #expect(zip(fall, fall.dropFirst()).allSatisfy { $0 > $1 })
    }

    @Test("A cosine schedule without warm-up, or one that is all warm-up, is finite")
    func extremes() {
        #expect(Schedule.cosine(warmup: 0, floor: 0).factor(step: 0, of: 10) == 1)
        #expect(Schedule.cosine(warmup: 10, floor: 0).factor(step: 9, of: 10) == 1)
        #expect(Schedule.cosine(warmup: 20, floor: 0).factor(step: 9, of: 10) == 0.5)
    }

    @Test("The rate is that of the rule")
    func rate() {
        #expect(Optimiser.adam(rate: 0.25).rate == 0.25)
        #expect(Optimiser.sgd(rate: 0.5, momentum: 0.9).rate == 0.5)
    }
}
