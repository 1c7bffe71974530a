import Models
import Tensors
import Testing

@testable import Attacks
@testable import ThreatModel

@Suite struct PiecewiseLineTests {
    /// A line along the first of two inputs, over units that switch at some of its places.
    private func line(_ places: [Double], output: [[Double]]) -> PiecewiseLine {
        let network = OneHiddenLayer(
            hidden: RealMatrix(rows: places.count, columns: 2) { $1 == 0 ? 1 : 0.25 * Double($0) },
            hiddenBias: places.map { -$0 },
            output: RealMatrix(output.flatMap(\.self), rows: output.count, columns: places.count),
            outputBias: output.map { _ in 0 })
        return PiecewiseLine(
            origin: [0, 0], direction: [1, 0], victim: ClassLogits64(to: Victim(network.model), meter: QueryMeter()))
    }

    private func close(_ found: [Double], _ expected: [Double]) -> Bool {
        found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 }
    }

    @Test("Kinks are found where they are, close ones too, and nothing is found on a straight stretch")
    func kinks() throws {
        let places = [-3.5, 0.25, 0.2578125, 7]
        let line = line(places, output: [[1, 2, -1, 0.5], [-1, 1, 1, 0.25]])
        #expect(close(try line.kinks(from: -10, to: 10), places))
        #expect(try line.kinks(from: 8, to: 100) == [])
    }

    @Test("With one logit, tangents may meet beside two opposite kinks; no unit is measured there")
    func opposite() throws {
        for share in stride(from: 0.5, through: 1.5, by: 0.125) {
            let line = line([0.25, 0.2578125], output: [[1, -share]])
            for place in try line.kinks(from: -100, to: 100) {
                guard let unit = try HiddenUnit(at: line.point(place), on: line) else { continue }
                #expect(min(abs(place - 0.25), abs(place - 0.2578125)) < 1e-9, "\(share): \(place)")
                #expect(unit.holds(line.point(place)))
            }
        }
    }

    @Test("A unit's plane and the jump of the gradient there, by hand")
    func unit() throws {
        let line = line([2, 5], output: [[3, 1], [-1, 2]])
        let unit = try #require(try HiddenUnit(at: [5, 0], on: line))
        let length = (1 + 0.0625).squareRoot()
        #expect(abs(abs(unit.normal[0]) - 1 / length) < 1e-9 && abs(abs(unit.offset) - 5 / length) < 1e-9)
        let sign = unit.normal[0] < 0 ? -1.0 : 1
        #expect(zip(unit.gradient.elements, [1, 0.25, 2, 0.5]).allSatisfy { abs(sign * $0 - $1) < 1e-9 })
        #expect(try HiddenUnit(at: [3, 0], on: line) == nil)
    }
}
