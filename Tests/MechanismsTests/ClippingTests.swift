import Autograd
import Foundation
import Mechanisms
import Tensors
import Testing

@Suite("Clipping") struct ClippingTests {
    private static let adaptive = Clipping.adaptive(QuantileClipping(norm: 0.5, countDeviation: 1))
    private static let kinds: [Clipping] = [
        .flat(norm: 0.5), .perLayer(norm: 0.5), .automatic(stability: 0.01), adaptive,
    ]

    private func sum(_ records: Tensor, _ clipping: Clipping) -> Parameters {
        value(BoundedSum(clipping: tinyGradients(records), by: clipping))
    }

    @Test("Removing any one record moves the sum by the sensitivity at most, and some by nearly that", arguments: kinds)
    func sensitivity(_ clipping: Clipping) {
        let count = 20
        let records = tinyRecords(count)
        let whole = BoundedSum(clipping: tinyGradients(records), by: clipping)
        let stated = whole.sensitivity
        #expect(stated == clipping.sensitivity)
        let all = value(whole)
        let moves = (0..<count).map { left in
            distance(all, sum(records.gatherRows((0..<count).filter { $0 != left }), clipping))
        }
        #expect(moves.allSatisfy { $0 <= stated * (1 + 1e-5) })
        #expect((moves.max() ?? 0) > stated * 0.98, "no record reached the bound, so the test shows nothing")
    }

    @Test("A record whose gradient is not finite counts as zero in each kind", arguments: kinds)
    func notFinite(_ clipping: Clipping) {
        var records = tinyRecords(8)
        let others = sum(records.gatherRows([0, 1, 2, 4, 5, 6, 7]), clipping)
        for column in 0..<3 { records[9 + column] = .nan }
        #expect(distance(sum(records, clipping), others) <= 1e-6)
        let nothing = sum(Tensor(repeating: .nan, shape: [4, 3]), clipping)
        #expect(nothing.names == others.names && nothing.norm == 0)
    }

    @Test("Per layer, a weight and its bias are clipped together to the norm over √layers")
    func perLayer() {
        let gradients = tinyGradients(tinyRecords(12))
        let bound = 0.5 / 2.0.squareRoot()
        var expected: [String: [Double]] = [:]
        var clippedBoth = false
        for gradient in gradients.explicit() {
            let norms = ["hidden", "output"].map { gradient.filter([$0]).norm }
            clippedBoth = clippedBoth || norms.allSatisfy { $0 > bound }
            for name in gradient.names {
                let weight = min(1, bound / (name.hasPrefix("hidden") ? norms[0] : norms[1]))
                let own = gradient[name].values.map { weight * Double($0) }
                expected[name] = expected[name].map { zip($0, own).map(+) } ?? own
            }
        }
        #expect(clippedBoth)
        let found = value(BoundedSum(clipping: gradients, by: .perLayer(norm: 0.5)))
        for name in found.names {
            for (a, b) in zip(found[name].values, expected[name] ?? []) { #expect(abs(Double(a) - b) <= 2e-6) }
        }
    }

    @Test("Automatic clipping divides each gradient by its norm plus γ")
    func automatic() {
        let gradients = tinyGradients(tinyRecords(12))
        var expected = Parameters()
        for gradient in gradients.explicit() {
            for name in gradient.names {
                if !expected.contains(name) { expected[name] = .zeros(gradient[name].shape) }
                expected[name].add(gradient[name], times: Float(1 / (gradient.norm + 0.3)))
            }
        }
        let found = value(BoundedSum(clipping: gradients, by: .automatic(stability: 0.3)))
        #expect(distance(found, expected) <= 1e-5)
        #expect(found.norm > 1)
    }

    @Test("Flat by either initialiser is the same bits, and so is adaptive at its present norm")
    func flat() {
        let gradients = tinyGradients(tinyRecords(12))
        let flat = value(BoundedSum(clipping: gradients, to: 0.5))
        #expect(flat == value(BoundedSum(clipping: gradients, by: .flat(norm: 0.5))))
        let moved = Self.adaptive.moved(to: 0.25)
        #expect(moved.sensitivity == 0.25)
        #expect(
            value(BoundedSum(clipping: gradients, by: moved)) == value(BoundedSum(clipping: gradients, to: 0.25)))
    }

    @Test("Parts merge to the sum of the whole in each kind", arguments: kinds)
    func merging(_ clipping: Clipping) {
        let records = tinyRecords(30)
        var parts = BoundedSum(clipping: tinyGradients(records.rows(0..<7)), by: clipping)
        parts.merge(BoundedSum(clipping: tinyGradients(records.rows(7..<7)), by: clipping))
        parts.merge(BoundedSum(clipping: tinyGradients(records.rows(7..<30)), by: clipping))
        #expect(distance(value(parts), sum(records, clipping)) <= 2e-5)
    }

    @Test("Sums of different kinds do not merge, though their sensitivities agree")
    func differentKinds() async {
        await #expect(processExitsWith: .failure) {
            var sum = BoundedSum(clipping: tinyGradients(tinyRecords(2)), by: .flat(norm: 0.3))
            sum.merge(BoundedSum(clipping: tinyGradients(tinyRecords(2)), by: .perLayer(norm: 0.3)))
        }
    }

    @Test("Settings survive JSON, flat and seeded ones in the form of before", arguments: kinds)
    func json(_ clipping: Clipping) throws {
        let privacy = GradientPrivacy(clipping: clipping, noiseMultiplier: 1, noise: .secure)
        let data = try JSONEncoder().encode(privacy)
        #expect(try JSONDecoder().decode(GradientPrivacy.self, from: data) == privacy)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let plain = try encoder.encode(GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 1.25))
        #expect(String(decoding: plain, as: UTF8.self) == #"{"clippingNorm":0.5,"noiseMultiplier":1.25}"#)
    }
}
