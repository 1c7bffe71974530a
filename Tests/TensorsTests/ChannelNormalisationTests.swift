import Tensors
import TestSupport
import Testing

@Suite("Normalisation of channels") struct ChannelNormalisationTests {
    /// Rows beyond one block, channels beyond whole vectors, several segments and groups.
    private static let cases: [(rows: Int, channels: Int, segments: Int, groups: Int)] = [
        (1, 3, 1, 3), (300, 16, 1, 16), (300, 19, 1, 19), (40, 6, 4, 2), (600, 20, 2, 5), (6, 32, 6, 1),
    ]

    @Test("moments agree with double precision", arguments: cases)
    func moments(_ rows: Int, _ channels: Int, _ segments: Int, _ groups: Int) {
        let x = gridTensor([rows, channels], RandomStream(seed: 96), scale: 2) + 5
        let (mean, variance) = ChannelNormalisation(segments: segments, groups: groups).moments(of: x)
        let (length, size) = (rows / segments, channels / groups)
        for segment in 0..<segments {
            for channel in 0..<channels {
                let first = channel / size * size
                let values = (segment * length..<(segment + 1) * length).flatMap { row in
                    (first..<first + size).map { Double(x[row * channels + $0]) }
                }
                let expected = values.reduce(0, +) / Double(values.count)
                let spread = values.reduce(0) { $0 + ($1 - expected) * ($1 - expected) } / Double(values.count)
                let index = segment * channels + channel
                #expect(abs(Double(mean[index]) - expected) < 2e-6 * 5)
                #expect(abs(Double(variance[index]) - spread) < 1e-5)
            }
        }
    }

    @Test("normalised channels have the moments that gain and bias give them", arguments: cases)
    func normalised(_ rows: Int, _ channels: Int, _ segments: Int, _ groups: Int) {
        guard rows / segments * channels / groups > 1 else { return }
        let x = gridTensor([rows, channels], RandomStream(seed: 97), scale: 2) + 5
        let normalisation = ChannelNormalisation(segments: segments, groups: groups)
        let (mean, variance) = normalisation.moments(of: x)
        let scale = variance.reciprocalDeviations(0) * 3
        let y = normalisation.apply(x, mean: mean, scale: scale, bias: Tensor(repeating: 2, shape: [channels]))
        let found = normalisation.moments(of: y)
        #expect(found.mean.values.allSatisfy { abs($0 - 2) < 1e-4 })
        #expect(found.variance.values.allSatisfy { abs($0 - 9) < 1e-3 })
    }

    @Test("a large mean costs no digits of the variance") func largeMean() {
        let x = gridTensor([4096, 2], RandomStream(seed: 98)) + 1000
        let (_, variance) = ChannelNormalisation(segments: 1, groups: 2).moments(of: x)
        #expect(variance.values.allSatisfy { abs($0 - 1.0 / 3) < 0.02 })
    }

    @Test("nothing to normalise is no error") func empty() {
        let (mean, variance) = ChannelNormalisation(segments: 0, groups: 2).moments(of: .zeros([0, 4]))
        #expect(mean.count == 0 && variance.count == 0)
    }
}
