import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Rotary positions") struct RotaryPositionsTests {
    /// Heads and width: halves of one channel, of less than a vector, of a vector and a tail.
    static let sizes = [(1, 2), (3, 24), (2, 72)]

    /// Multiplies the complex numbers x_i + j·x_{i+d/2} of queries and keys by e^{j·position·θ_i}, in double precision.
    private func reference(_ packed: Tensor, length: Int, from start: Int, heads: Int) -> [Double] {
        let width = packed.columns / 3
        let (d, half) = (width / heads, width / heads / 2)
        return (0..<packed.count).map { index in
            let (row, column) = (index / packed.columns, index % packed.columns)
            guard column < 2 * width else { return Double(packed[index]) }
            let channel = column % d
            let pair = channel % half
            let angle = Double(start + row % length) / pow(10_000, Double(2 * pair) / Double(d))
            let real = Double(packed[index - channel + pair])
            let imaginary = Double(packed[index - channel + pair + half])
            return channel < half
                ? real * cos(angle) - imaginary * sin(angle) : real * sin(angle) + imaginary * cos(angle)
        }
    }

    @Test("agree with complex multiplication", arguments: sizes)
    func rotation(_ heads: Int, _ width: Int) {
        let positions = RotaryPositions(length: 9, heads: heads, width: width)
        let packed = gridTensor([10, 3 * width], RandomStream(seed: 21), scale: 2)
        for (length, start) in [(5, 0), (2, 7), (1, 3)] {
            var rotated = packed
            positions.rotate(&rotated, length: length, from: start)
            expectClose(
                rotated, reference(packed, length: length, from: start, heads: heads), tolerance: 1e-6)
            positions.rotate(&rotated, length: length, from: start, backwards: true)
            expectClose(rotated, packed, "there and back", tolerance: 1e-6)
        }
    }

    @Test("products of queries and keys depend on the distance alone", arguments: sizes)
    func distances(_ heads: Int, _ width: Int) {
        let positions = RotaryPositions(length: 40, heads: heads, width: width)
        let packed = gridTensor([1, 3 * width], RandomStream(seed: 22), scale: 2)
        let d = width / heads
        /// The product of head 0's query at one position with its key at another.
        func product(_ query: Int, _ key: Int) -> Double {
            func rotated(_ position: Int) -> Tensor {
                var copy = packed
                positions.rotate(&copy, length: 1, from: position)
                return copy
            }
            return rotated(query).columns(0..<d).inner(rotated(key).columns(width..<width + d))
        }
        for (query, key) in [(3, 0), (7, 7), (5, 11)] {
            for shift in [1, 9, 28] { #expect(abs(product(query, key) - product(query + shift, key + shift)) < 1e-4) }
        }
        // Negative control: another distance is another product.
        #expect(abs(product(3, 0) - product(4, 0)) > 1e-2)
    }
}
