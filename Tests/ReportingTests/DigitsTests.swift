import Testing

@testable import Reporting

@Suite("Digits")
struct DigitsTests {
    @Test(
        "give a number about four significant places",
        arguments: [
            (0, "0"), (0.5, "0.5"), (17.3249, "17.32"), (123456.7, "123457"), (-0.00012344, "−0.000123"),
            (1e-5, "1e−5"),
            (2.5e12, "2.5e12"), (.infinity, "∞"), (-.infinity, "−∞"), (1, "1"), (1000, "1000"),
        ] as [(Double, String)])
    func short(value: Double, text: String) {
        #expect(Digits.short(value) == text)
    }

    @Test(
        "give a small rate the places that it needs",
        arguments: [(0, "0 %"), (1, "100 %"), (0.1234, "12.3 %"), (0.0012, "0.12 %"), (0.0004, "0.040 %")])
    func percent(rate: Double, text: String) {
        #expect(Digits.percent(rate) == text)
    }

    @Test("group thousands", arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "−1,234,567")])
    func grouped(count: Int, text: String) {
        #expect(Digits.grouped(count) == text)
    }

    @Test("never print a negative zero")
    func zero() {
        #expect(Digits.fixed(-0.0001, 2) == "0.00")
    }
}
