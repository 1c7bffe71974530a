import Testing

@testable import ThreatModel

@Suite struct TokenBucketTests {
    @Test("A full bucket gives its burst at once, then as much as flows in")
    func burst() {
        var bucket = TokenBucket(rate: 2, burst: 10, at: 100)
        for _ in 0..<10 { #expect(bucket.take(1, at: 100) == nil) }
        #expect(bucket.take(1, at: 100) == 0.5)
        #expect(bucket.take(1, at: 100.25) == 0.25)
        #expect(bucket.take(1, at: 100.5) == nil)
        // However long nobody asks, it holds no more than its burst.
        #expect(bucket.take(10, at: 1000) == nil)
        #expect(bucket.take(1, at: 1000) == 0.5)
    }

    @Test("Who waits as long as he was told is served, for any rate", arguments: [0.1, 1 / 3.0, 7, 1e4])
    func wait(rate: Double) {
        var (bucket, now) = (TokenBucket(rate: rate, burst: 3, at: 0), 0.0)
        for step in 0..<200 {
            let cost = 1 + Double(step % 7) / 3
            if let seconds = bucket.take(cost, at: now) {
                now += seconds
                #expect(bucket.take(cost, at: now) == nil)
            }
        }
    }

    @Test("A request above the burst waits for a full bucket and leaves it in debt, so the long-run rate holds")
    func debt() {
        var bucket = TokenBucket(rate: 1, burst: 5, at: 0)
        #expect(bucket.take(20, at: 0) == nil)
        #expect(bucket.take(1, at: 0) == 16)
        var (granted, now) = (0.0, 0.0)
        while now < 10_000 {
            if let seconds = bucket.take(20, at: now) { now += seconds } else { granted += 20 }
        }
        #expect(abs(granted / now - 1) < 0.01)
    }

    @Test("A refusal takes nothing, and a clock that goes back adds nothing")
    func refusal() {
        var bucket = TokenBucket(rate: 1, burst: 2, at: 10)
        #expect(bucket.take(2, at: 10) == nil)
        for _ in 0..<5 { #expect(bucket.take(2, at: 10) == 2) }
        #expect(bucket.take(1, at: 5) == 1)
        #expect(bucket.take(1, at: 11) == nil)
    }

    @Test("A long prompt takes more than a short one")
    func units() {
        #expect(QueryCost(queries: 1, tokens: 50).units == 1.5)
        #expect(QueryCost(queries: 256).units == 256)
    }
}
