import Foundation
import Testing

@testable import Accounting

@Suite struct PrivacyLedgerTests {
    private let step = PrivacyEvent.poissonSampledGaussian(rate: 0.01, noiseMultiplier: 1)

    @Test("Equal steps become one entry, also when others come between")
    func coalesces() throws {
        var ledger = PrivacyLedger()
        for index in 0..<1000 {
            try ledger.record(step)
            if index % 100 == 0 { try ledger.record(.gaussian(noiseMultiplier: 5)) }
        }
        #expect(ledger.entries.map(\.count) == [1000, 10])
        #expect(ledger.entries.map(\.event) == [step, .gaussian(noiseMultiplier: 5)])
    }

    @Test("A million steps are one entry, so that to record one more takes as long as the second")
    func appendIsConstant() throws {
        var ledger = PrivacyLedger()
        for _ in 0..<1_000_000 { try ledger.record(step) }
        #expect(ledger.entries.map(\.count) == [1_000_000])
    }

    @Test("Nested events are taken apart, with products of counts, and empty ones leave no entry")
    func nested() throws {
        let event = PrivacyEvent.repeated(
            .composed([step, .repeated(step, count: 3), .repeated(.gaussian(noiseMultiplier: 2), count: 0)]), count: 5)
        let ledger = try PrivacyLedger(event)
        #expect(ledger.entries.map(\.count) == [20])
        #expect(try PrivacyLedger(ledger.event) == ledger)
    }

    @Test("A refused event leaves the ledger as it was")
    func refusal() throws {
        var ledger = try PrivacyLedger(step)
        let before = ledger
        #expect(throws: AccountingError.noiseMultiplier(-1)) {
            try ledger.record(.composed([step, .gaussian(noiseMultiplier: -1)]))
        }
        #expect(throws: AccountingError.count(.max)) {
            try ledger.record(.repeated(step, count: .max), count: 2)
        }
        #expect(ledger == before)
    }

    @Test("Ledger and event survive JSON, and a doctored ledger is refused")
    func coding() throws {
        let ledger = try PrivacyLedger(.composed([.repeated(step, count: 7), .gaussian(noiseMultiplier: 2)]))
        let data = try JSONEncoder().encode(ledger)
        var decoded = try JSONDecoder().decode(PrivacyLedger.self, from: data)
        #expect(decoded == ledger)
        try decoded.record(step)
        #expect(decoded.entries.map(\.count) == [8, 1])
        let event = try JSONDecoder().decode(PrivacyEvent.self, from: JSONEncoder().encode(ledger.event))
        #expect(event == ledger.event)
        let text = String(decoding: data, as: UTF8.self).replacing("\"rate\":0.01", with: "\"rate\":-0.01")
        #expect(throws: AccountingError.rate(-0.01)) {
            try JSONDecoder().decode(PrivacyLedger.self, from: Data(text.utf8))
        }
    }
}
