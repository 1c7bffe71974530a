import Testing

@testable import Accounting

@Suite struct RenyiAccountantTests {
    @Test("The default orders are the golden file's")
    func orders() throws {
        #expect(RenyiAccountant.defaultOrders == (try AccountingGolden.load().meta.rdpOrders))
    }

    @Test("Both conversions reproduce every golden row to nine digits, and its order")
    func golden() throws {
        let rows = try AccountingGolden.load().rows
        #expect(rows.count == 160)
        for row in rows {
            let event = PrivacyEvent.dpSGD(rate: row.q, noiseMultiplier: row.sigma, steps: row.steps)
            let accountant = try RenyiAccountant(event)
            let improved = try accountant.epsilon(delta: row.delta)
            let classic = try accountant.epsilon(delta: row.delta, conversion: .classic)
            #expect(isClose(improved.epsilon, row.rdp.eps, within: 1e-9), "\(row): \(improved) \(row.rdp.eps)")
            #expect(isClose(classic.epsilon, row.rdpClassic.eps, within: 1e-9), "\(row): \(classic)")
            #expect(improved.order == row.rdp.order && classic.order == row.rdpClassic.order, "\(row)")
        }
    }

    struct PublishedRow: Sendable {
        var rate: Double
        var sigma: Double
        var steps: Int
        var classic: Double
        var improved: Double
        var limit: Double
    }

    /// The handbook's table R11 over integer orders, and the central limit.
    ///
    /// The settings are Abadi's, TensorFlow's and Opacus's. The handbook prints the second row's 2.5215 as 2.522.
    static let published = [
        PublishedRow(rate: 0.04, sigma: 1.5, steps: 2250, classic: 8.080, improved: 7.330, limit: 6.602),
        PublishedRow(rate: 256.0 / 60000, sigma: 1.12, steps: 14062, classic: 2.922, improved: 2.521, limit: 2.257),
        PublishedRow(rate: 256.0 / 60000, sigma: 0.6, steps: 7031, classic: 9.773, improved: 8.819, limit: 6.436),
        PublishedRow(rate: 256.0 / 60000, sigma: 1.2, steps: 2343, classic: 1.198, improved: 0.932, limit: 0.753),
        PublishedRow(rate: 0.004, sigma: 1.3, steps: 3750, classic: 1.160, improved: 0.922, limit: 0.806),
        PublishedRow(rate: 0.004, sigma: 0.7, steps: 11250, classic: 6.863, improved: 6.113, limit: 4.879),
        PublishedRow(rate: 0.004, sigma: 1.1, steps: 15000, classic: 2.905, improved: 2.506, limit: 2.242),
    ]

    @Test("Published epsilons come out to their printed digits over integer orders", arguments: published)
    func publishedTable(row: PublishedRow) throws {
        let event = PrivacyEvent.dpSGD(rate: row.rate, noiseMultiplier: row.sigma, steps: row.steps)
        let integers = try RenyiAccountant(event, orders: (2...512).map(Double.init))
        let classic = try integers.epsilon(delta: 1e-5, conversion: .classic).epsilon
        let improved = try integers.epsilon(delta: 1e-5).epsilon
        let limit = try GaussianDP.centralLimitApproximation(
            rate: row.rate, noiseMultiplier: row.sigma, steps: row.steps
        ).epsilon(delta: 1e-5)
        #expect(abs(classic - row.classic) <= 5.1e-4)
        #expect(abs(improved - row.improved) <= 5.1e-4)
        #expect(abs(limit - row.limit) <= 5.1e-4)
    }

    @Test("The central limit lies below improved and that below classic, in every published row", arguments: published)
    func ranking(row: PublishedRow) throws {
        let event = PrivacyEvent.dpSGD(rate: row.rate, noiseMultiplier: row.sigma, steps: row.steps)
        let accountant = try RenyiAccountant(event)
        let classic = try accountant.epsilon(delta: 1e-5, conversion: .classic).epsilon
        let improved = try accountant.epsilon(delta: 1e-5).epsilon
        let limit = try GaussianDP.centralLimitApproximation(
            rate: row.rate, noiseMultiplier: row.sigma, steps: row.steps
        ).epsilon(delta: 1e-5)
        #expect(limit < improved && improved < classic)
        // Fractional orders only add candidates.
        #expect(improved < row.improved + 5.1e-4 && classic < row.classic + 5.1e-4)
    }

    @Test("Opacus's own test value, with fractional orders, is 7.32911")
    func opacus() throws {
        let accountant = try RenyiAccountant(.dpSGD(rate: 0.04, noiseMultiplier: 1.5, steps: 2250))
        #expect(abs(try accountant.epsilon(delta: 1e-5).epsilon - 7.32911) < 5.1e-6)
    }

    @Test("Epsilon grows with steps and rate, and falls with noise and delta")
    func monotone() throws {
        func epsilon(_ rate: Double, _ sigma: Double, _ steps: Int, _ delta: Double) throws -> Double {
            try RenyiAccountant(.dpSGD(rate: rate, noiseMultiplier: sigma, steps: steps)).epsilon(delta: delta).epsilon
        }
        func grows(_ values: [Double]) -> Bool { zip(values, values.dropFirst()).allSatisfy { $0 < $1 } }
        #expect(grows(try [1, 10, 100, 1000, 100_000].map { try epsilon(0.01, 0.9, $0, 1e-5) }))
        #expect(grows(try [0.001, 0.01, 0.1, 0.5, 0.999, 1].map { try epsilon($0, 0.9, 100, 1e-5) }))
        #expect(grows(try [8, 4, 1.3, 0.7, 0.3, 0.05].map { try epsilon(0.01, $0, 100, 1e-5) }))
        #expect(grows(try [0.1, 1e-3, 1e-6, 1e-12].map { try epsilon(0.01, 0.9, 100, $0) }))
    }

    @Test("Composition adds divergences, however the events are nested")
    func composition() throws {
        let (a, b) = (
            PrivacyEvent.gaussian(noiseMultiplier: 3),
            PrivacyEvent.poissonSampledGaussian(rate: 0.01, noiseMultiplier: 1)
        )
        let nested = try RenyiAccountant(.repeated(.composed([a, .repeated(b, count: 50)]), count: 2))
        var stepwise = try RenyiAccountant()
        for event in [a, a] { try stepwise.compose(event) }
        try stepwise.compose(b, count: 100)
        for (left, right) in zip(nested.divergences, stepwise.divergences) {
            #expect(isClose(left, right, within: 1e-14))
        }
        let twice = try RenyiAccountant(.repeated(a, count: 2)).divergences
        let once = try RenyiAccountant(.gaussian(noiseMultiplier: 3 / 2.0.squareRoot())).divergences
        #expect(zip(twice, once).allSatisfy { isClose($0, $1, within: 1e-14) })
    }

    @Test("Nothing costs nothing, and no number leaves the range")
    func nothing() throws {
        for conversion in RenyiAccountant.Conversion.allCases {
            #expect(try RenyiAccountant().epsilon(delta: 1e-9, conversion: conversion).epsilon == 0)
            let idle = try RenyiAccountant(.dpSGD(rate: 0, noiseMultiplier: 1, steps: 10))
            #expect(try idle.epsilon(delta: 1e-9, conversion: conversion).epsilon == 0)
            let loud = try RenyiAccountant(.dpSGD(rate: 0.5, noiseMultiplier: 1e-200, steps: 10))
            #expect(try loud.epsilon(delta: 1e-9, conversion: conversion).epsilon == .infinity)
        }
        #expect(try RenyiAccountant(.gaussian(noiseMultiplier: 50)).epsilon(delta: 0.9).epsilon == 0)
    }

    @Test("A query over all orders evaluates fewer than twenty thousand terms, which takes milliseconds")
    func cost() {
        for sigma in [0.5, 0.6, 1, 2] {
            let evaluations = RenyiAccountant.defaultOrders.map { order in
                SampledGaussianMoment(order: order, rate: 0.01, noiseMultiplier: sigma).evaluations
            }
            #expect(evaluations.allSatisfy { $0 > 0 })
            #expect(evaluations.reduce(0, +) < 20_000, "\(sigma): \(evaluations)")
        }
    }

    @Test("Impossible parameters are refused by name")
    func refusals() throws {
        #expect(throws: AccountingError.noiseMultiplier(0)) {
            try RenyiAccountant(.gaussian(noiseMultiplier: 0))
        }
        #expect(throws: AccountingError.noiseMultiplier(.infinity)) {
            try RenyiAccountant(.gaussian(noiseMultiplier: .infinity))
        }
        #expect(throws: AccountingError.rate(1.5)) {
            try RenyiAccountant(.dpSGD(rate: 1.5, noiseMultiplier: 1, steps: 1))
        }
        #expect(throws: AccountingError.count(-1)) {
            try RenyiAccountant(.dpSGD(rate: 0.5, noiseMultiplier: 1, steps: -1))
        }
        #expect(throws: AccountingError.delta(1)) { try RenyiAccountant().epsilon(delta: 1) }
        #expect(throws: AccountingError.orders([1])) { try RenyiAccountant(orders: [1]) }
        #expect(throws: AccountingError.orders([])) { try RenyiAccountant(orders: []) }
        #expect("\(AccountingError.delta(2))".contains("expected delta in (0, 1), got 2.0"))
    }
}
