import Models
import Tensors
import TestSupport
import Testing
import ThreatModel

@Suite struct ReverseSigmoidTests {
    private func told(_ row: [Float], _ setting: String) throws -> [Float] {
        let rows = Tensor(row, shape: [1, row.count])
        return try #require(Oracle.Echo().defended("reverse-sigmoid=\(setting)").classes(rows).probabilities).values
    }

    @Test("Two classes are bent as by hand: 0.9 − 0.7·(9^0.2/(9^0.2 + 1) − ½)")
    func byHand() throws {
        expectClose(try told([0.9, 0.1], "0.7,0.2"), [0.824318, 0.175682], tolerance: 1e-5)
        // At γ = 1 the sigmoid undoes its inverse: y(1 − β) + β/2.
        expectClose(try told([0.9, 0.1], "0.5,1"), [0.7, 0.3], tolerance: 1e-6)
        expectClose(try told([1, 0], "0.5,0.2"), [0.75, 0.25], tolerance: 1e-6)
        expectClose(try told([0.9, 0.1], "0,0.2"), [0.9, 0.1], tolerance: 1e-6)
    }

    @Test("Where the bend lifts an unlikely class above the label, the two are exchanged")
    func exchange() throws {
        // Bent at β = 1, γ = 1 and before scaling all are ½; at γ = 0.2 the impossible class has ½, the label less.
        let bent = try told([0.4, 0.3, 0.3, 0], "0.9,0.2")
        #expect(bent[0] > bent[1] && bent[0] > bent[3])
        expectClose([bent.reduce(0, +)], [1])
    }

    @Test("A row of which a defence before it left nothing becomes uniform")
    func nothingLeft() throws {
        let rows = Tensor([0.3, 0.25, 0.25, 0.2], shape: [1, 4])
        let answers = try Oracle.Echo().defended("rounding=0", "reverse-sigmoid=0,0.2").classes(rows)
        #expect(answers.probabilities?.values == [0.25, 0.25, 0.25, 0.25] && answers.labels == [0])
    }

    @Test("Rows add up to 1, and the label's probability stays a largest", arguments: ["0.7,0.2", "1,0.1", "0.9,3"])
    func properties(setting: String) throws {
        let rows = distributions(300, classes: 10, seed: 4)
        let answers = try Oracle.Echo().defended("reverse-sigmoid=\(setting)").classes(rows)
        let bent = try #require(answers.probabilities)
        #expect(answers.labels == rows.rowArgmax())
        for (row, label) in answers.labels.enumerated() {
            let numbers = bent.row(row)
            #expect(numbers[Int(label)] == numbers.max() && numbers.allSatisfy { $0 >= 0 })
            #expect(abs(numbers.reduce(0, +) - 1) < 1e-5)
        }
    }
}
