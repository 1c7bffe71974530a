import Foundation
import Testing

@testable import Tensors

@Suite("Columns by group")
struct GroupedColumnsTests {
    private static let rows = 11

    /// Signals around 40, and coin flips.
    private func matrix(_ columns: Int) -> (signals: [Double], marks: [UInt8], origin: [Double]) {
        let random = RandomStream(seed: 3)
        let signals = random["signals"].normalTensor([Self.rows, columns]).values.map { 40 + 3 * Double($0) }
        let marks = random["marks"].coinFlips(Self.rows * columns).map { UInt8($0 ? 1 : 0) }
        return (signals, marks, random["origin"].normalTensor([1, columns]).row(0).map { 40 + Double($0) })
    }

    private func plain(
        _ signals: [Double], _ marks: [UInt8], _ origin: [Double], column: Int, mark: UInt8
    ) -> (count: Double, mean: Double, variance: Double) {
        let rows = stride(from: column, to: signals.count, by: origin.count).filter { marks[$0] == mark }
        let values = rows.map { signals[$0] - origin[column] }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (Double(values.count), mean, squares / Double(values.count))
    }

    /// The array with another type of the same size, as a file holds it.
    private func array(_ marks: [UInt8], _ type: Safetensors.ElementType, _ columns: Int) -> Safetensors.Array {
        Safetensors.Array(type: type, shape: [marks.count / columns, columns], bytes: Data(marks))
    }

    @Test(
        "Counts, means and variances of both groups are those of the plain loop",
        arguments: [1, 7, 8, 513, 2000], [Safetensors.ElementType.uint8, .bool])
    func plainLoop(columns: Int, type: Safetensors.ElementType) throws {
        let (signals, marks, origin) = matrix(columns)
        let single = Tensor(signals.map(Float.init), shape: [Self.rows, columns])
        for (array, values) in [
            (Safetensors.Array(signals, shape: [Self.rows, columns]), signals),
            (Safetensors.Array(single), single.values.map(Double.init)),
        ] {
            let found = try array.grouped(by: self.array(marks, type, columns), origin: origin)
            #expect(found.rows == Self.rows)
            for column in 0..<columns {
                for (group, mark) in [(found.ones, UInt8(1)), (found.zeros, 0)] {
                    let expected = plain(values, marks, origin, column: column, mark: mark)
                    guard expected.count > 0 else { continue }
                    let (mean, variance) = (group.means[column], group.variances[column])
                    try #require(
                        abs(mean - expected.mean) < 1e-12 && abs(variance - expected.variance) < 1e-11,
                        "column \(column)")
                }
            }
            for (group, mark) in [(found.ones, UInt8(1)), (found.zeros, 0)] {
                let parts = (0..<columns).map { plain(values, marks, origin, column: $0, mark: mark) }
                expectTotal(group.total, parts, origin)
            }
            let bare = try array.grouped(by: self.array(marks, type, columns), origin: origin, variances: false)
            #expect(bare.ones.means.count == columns && bare.ones.variances.isEmpty)
            #expect(bare.ones.total == found.ones.total && bare.zeros.total == found.zeros.total)
        }
    }

    /// The total of columns is that of the plain sums over them.
    private func expectTotal(
        _ total: GroupedColumns.Total, _ parts: [(count: Double, mean: Double, variance: Double)], _ origin: [Double]
    ) {
        let whole = parts.enumerated().filter { $0.element.count > 0 }
        let count = whole.reduce(0) { $0 + $1.element.count }
        let mean = whole.reduce(0) { $0 + $1.element.count * (origin[$1.offset] + $1.element.mean) } / count
        let between = whole.reduce(0.0) { sum, part in
            let distance = origin[part.offset] + part.element.mean - mean
            return sum + part.element.count * distance * distance
        }
        let within = whole.reduce(0) { $0 + $1.element.count * $1.element.variance }
        #expect(total.count == count && abs(total.mean - mean) < 1e-10)
        #expect(abs(total.within - within) < 1e-9 * within + 1e-12)
        #expect(abs(total.between - between) < 1e-9 * between + 1e-12)
        let fewest = parts.map { Int($0.count) }.min()
        #expect(total.fewest == fewest && total.fewestColumn == parts.firstIndex { Int($0.count) == fewest })
    }

    @Test("A group without rows has count 0 and no mean, and the other group is whole")
    func emptyGroup() throws {
        let signals = Safetensors.Array([1, 5, 3, 6] as [Double], shape: [2, 2])
        let found = try signals.grouped(
            by: Safetensors.Array([1, 0, 1, 0] as [UInt8], shape: [2, 2]), origin: [0, 4])
        #expect(found.zeros.total.fewest == 0 && found.zeros.total.fewestColumn == 0 && found.zeros.means[0].isNaN)
        #expect(found.ones.total.fewest == 0 && found.ones.total.fewestColumn == 1 && found.ones.means[1].isNaN)
        #expect(found.ones.total.count == 2 && found.ones.means[0] == 2 && found.ones.variances[0] == 1)
        #expect(found.zeros.total.count == 2 && found.zeros.means[1] == 1.5 && found.zeros.variances[1] == 0.25)
    }

    @Test("A spread far below the mean does not cancel, for deviations are taken from the origin")
    func cancellation() throws {
        let signals = Safetensors.Array([1e9 + 1, 1e9 + 2, 1e9 + 3] as [Double], shape: [3, 1])
        let marks = Safetensors.Array([1, 1, 1] as [UInt8], shape: [3, 1])
        let found = try signals.grouped(by: marks, origin: [1e9]).ones
        #expect(found.means == [2] && abs(found.variances[0] - 2.0 / 3) < 1e-15)
    }

    @Test(
        "A signal that is not finite is named by its element",
        arguments: [0, 8, 520, 11 * 513 - 1], [Double.nan, .infinity, -.infinity])
    func notFinite(element: Int, value: Double) throws {
        let (sound, marks, origin) = matrix(513)
        var signals = sound
        signals[element] = value
        let groups = array(marks, .uint8, 513)
        for array in [
            Safetensors.Array(signals, shape: [Self.rows, 513]),
            Safetensors.Array(Tensor(signals.map(Float.init), shape: [Self.rows, 513])),
        ] {
            let error = #expect(throws: GroupedColumnsError.self) { try array.grouped(by: groups, origin: origin) }
            guard case .notFinite(element, let found)? = error else {
                Issue.record("\(String(describing: error)), expected the element \(element)")
                continue
            }
            #expect(found == value || found.isNaN && value.isNaN)
        }
    }

    @Test("A group that is neither 0 nor 1 is named by its element", arguments: [0, 8, 520, 11 * 513 - 1])
    func thirdGroup(element: Int) throws {
        let (signals, sound, origin) = matrix(513)
        var marks = sound
        marks[element] = 2
        let array = Safetensors.Array(signals, shape: [Self.rows, 513])
        #expect(throws: GroupedColumnsError.group(element: element, value: 2)) {
            try array.grouped(by: self.array(marks, .uint8, 513), origin: origin)
        }
    }

    @Test("Elements and groups of other types are refused by name")
    func otherTypes() throws {
        let bits = Safetensors.Array([1, 0] as [UInt8], shape: [1, 2])
        let numbers = Safetensors.Array([1, 0] as [Double], shape: [1, 2])
        #expect(throws: GroupedColumnsError.type("F64")) { try numbers.grouped(by: numbers, origin: [0, 0]) }
        #expect(throws: GroupedColumnsError.type("U8")) { try bits.grouped(by: bits, origin: [0, 0]) }
        let words = Safetensors.Array(type: .int64, shape: [1, 2], bytes: Data(count: 16))
        #expect(throws: GroupedColumnsError.type("I64")) { try words.grouped(by: bits, origin: [0, 0]) }
    }

    @Test("Arrays out of a file, whose bytes begin anywhere, give the same moments")
    func fromFile() throws {
        let (signals, marks, origin) = matrix(7)
        let file = Safetensors(
            arrays: [
                "a": Safetensors.Array([1] as [UInt8], shape: [1]),
                "membership": Safetensors.Array(marks, shape: [Self.rows, 7]),
                "shadows": Safetensors.Array(signals, shape: [Self.rows, 7]),
            ])
        let read = try Safetensors(decoding: try file.encoded())
        let (found, expected) = (
            try read.array("shadows").grouped(by: read.array("membership"), origin: origin),
            try file.array("shadows").grouped(by: file.array("membership"), origin: origin)
        )
        #expect(found.ones.means == expected.ones.means)
        #expect(found.zeros.variances == expected.zeros.variances)
    }
}
