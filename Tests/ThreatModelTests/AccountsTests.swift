import Testing

@testable import ThreatModel

@Suite struct AccountsTests {
    @Test("A key finds the same account every time; an unknown key and none at all find none")
    func accounts() throws {
        var ring = KeyRing()
        try ring.add(.init(name: "a", hash: APIKey("1").hash, queries: 5))
        try ring.add(.init(name: "b", hash: APIKey("2").hash))
        let accounts = try Accounts(ring)
        try accounts.account(of: APIKey("1")).charge(QueryCost(queries: 5), at: 0)
        #expect(try accounts.account(of: APIKey("1")).spent.queries == 5)
        #expect(try accounts.account(of: APIKey("2")).spent.queries == 0)
        for key in [APIKey("3"), nil] {
            #expect(throws: ThreatModelError.refused(.unauthorised)) { try accounts.account(of: key) }
        }
        #expect(accounts.needsKeys && accounts.all.map(\.entry.name) == ["a", "b"])
    }

    @Test("A key without limits of its own has those of the allowance; a rate brings its own burst")
    func allowance() throws {
        var ring = KeyRing()
        try ring.add(.init(name: "own", hash: APIKey("1").hash, queries: 5, rate: 2))
        try ring.add(.init(name: "none", hash: APIKey("2").hash))
        let accounts = try Accounts(ring, allowance: .anonymous(queries: 7, tokens: 9, rate: 3, burst: 4))
        let entries = accounts.all.map(\.entry)
        #expect(entries.map(\.queries) == [5, 7] && entries.map(\.tokens) == [9, 9])
        #expect(entries.map(\.rate) == [2, 3] && entries.map(\.burst) == [nil, 4])
        #expect(throws: KeyRingError.self) { try Accounts(ring, allowance: .anonymous(burst: 4)) }
    }

    @Test("Where no keys are needed, everybody draws from one account, whatever key is shown")
    func shared() throws {
        let accounts = try Accounts(sharedBy: .anonymous(queries: 3))
        try accounts.account(of: nil).charge(QueryCost(queries: 2), at: 0)
        #expect(throws: ThreatModelError.self) {
            try accounts.account(of: APIKey("1")).charge(QueryCost(queries: 2), at: 0)
        }
        #expect(!accounts.needsKeys && accounts.all.map(\.spent.queries) == [2])
        #expect(throws: KeyRingError.self) { try Accounts(sharedBy: .anonymous(queries: -1)) }
    }
}
