import Testing

@testable import ThreatModel

@Suite struct QueryMeterTests {
    @Test("A budget can be spent to the last query; one more is refused, and nothing is charged for it")
    func budget() throws {
        let meter = QueryMeter(budget: 10)
        try meter.charge(7)
        #expect(throws: ThreatModelError.budgetExhausted(asked: 4, left: 3)) { try meter.charge(4) }
        #expect(meter.queries == 7)
        try meter.charge(3)
        #expect(meter.queries == 10)
        #expect(throws: ThreatModelError.budgetExhausted(asked: 1, left: 0)) { try meter.charge(1) }
        try meter.charge(0)
    }

    @Test("Without a budget queries are counted and never refused")
    func unlimited() throws {
        let meter = QueryMeter()
        for _ in 0..<3 { try meter.charge(1 << 40) }
        #expect(meter.queries == 3 << 40)
    }

    @Test("A negative number of queries, which would refill a budget, ends the process")
    func negative() async {
        await #expect(processExitsWith: .failure) { try QueryMeter(budget: 10).charge(-1) }
    }

    @Test("Concurrent attacks never overspend together")
    func concurrent() async {
        let meter = QueryMeter(budget: 1000)
        let granted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<500).count { _ in (try? meter.charge(1)) != nil } }
            }
            return await group.reduce(0, +)
        }
        #expect(granted == 1000)
        #expect(meter.queries == 1000)
    }
}
