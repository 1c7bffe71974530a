import Benchmarks
import Testing

@testable import Reporting

@Suite("The table of growth")
struct GrowthTableTests {
    @Test("shows sizes, figures and exponents with their errors, and says where memory is unknown")
    func markdown() {
        let sizes = [4.0, 8, 16]
        let results = [
            GrowthResult(name: "shadows", work: "a pool", sizes: sizes, seconds: [1, 2, 4], megabytes: [9, 9, 9]),
            GrowthResult(name: "length", work: "a step", sizes: sizes, seconds: [1, 4, 16], megabytes: nil),
        ]
        let machine = MachineDescription(processor: "P", cores: 2, blasCore: "x", vectors: "y", torch: nil)
        let lines = GrowthTable.markdown(results, on: machine).split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[3] == "| shadows: 4 · 8 · 16 | a pool | 1 · 2 · 4 | 1.00 ± 0.00 | 9 · 9 · 9 | 0.00 ± 0.00 |")
        #expect(lines[4] == "| length: 4 · 8 · 16 | a step | 1 · 4 · 16 | 2.00 ± 0.00 | – | – |")
    }
}
