import TestSupport
import Testing

@testable import Datasets

@Suite struct QuantileBinsTests {
    @Test("Different values are cut into equal shares") func quartiles() {
        let bins = QuantileBins((1...12).map(Double.init).reversed(), atMost: 4)
        #expect(bins.spans == [1...3, 4...6, 7...9, 10...12])
        #expect((0..<4).map(bins.name) == ["1…3", "4…6", "7…9", "10…12"])
    }

    @Test("A value of most records has a bin of its own, and the others share the rest") func atom() {
        let few = (1...8).map(Double.init)
        #expect(
            QuantileBins([Double](repeating: 0, count: 92) + few, atMost: 5).spans == [
                0...0, 1...2, 3...4, 5...6, 7...8,
            ])
        let middle = [Double](repeating: 4.5, count: 50)
        #expect(QuantileBins(middle + few, atMost: 3).spans == [1...4, 4.5...4.5, 5...8])
    }

    @Test("At most as many different values as bins have one each, however rare") func few() {
        let bins = QuantileBins([Double](repeating: 7, count: 1000) + [3, 7.5], atMost: 3)
        #expect(bins.spans == [3...3, 7...7, 7.5...7.5])
        #expect((0..<3).map(bins.name) == ["3", "7", "7.5"])
    }

    @Test("No bin is empty, bins ascend, and each value is in the bin whose span holds it", arguments: 1..<12)
    func partition(_ limit: Int) {
        var random = SplitMix64(seed: UInt64(limit))
        let values = (0..<400).map { _ in Double(random.next() % 40 * (random.next() % 5)) }
        let bins = QuantileBins(values, atMost: limit)
        #expect((1...limit).contains(bins.count))
        for (low, high) in zip(bins.spans, bins.spans.dropFirst()) { #expect(low.upperBound < high.lowerBound) }
        var sizes = [Int](repeating: 0, count: bins.count)
        for value in values {
            let bin = bins.bin(of: value)
            #expect(bins.spans[bin].contains(value))
            sizes[bin] += 1
        }
        #expect(sizes.allSatisfy { $0 > 0 })
    }

    @Test("A value between or outside the spans goes into the bin below it, or the first") func outside() {
        let bins = QuantileBins([1, 2, 5, 6], atMost: 2)
        #expect([-9, 1, 4.9, 5, 99].map(bins.bin) == [0, 0, 0, 1, 1])
    }
}
