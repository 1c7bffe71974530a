import RealModule
import Tensors

/// Accepts samples of a generator by a discriminator's ratio of densities, so that what is accepted is distributed as the
/// discriminator's real records are.
///
/// A discriminator D that is as good as can be has r = D/(1 − D) = p(real)/p(generated), which is eˡ of its logit l. A
/// sample is accepted with probability min(1, c·r). With c = 1/max r that is rejection sampling, exact where D is; a
/// larger c accepts a wished share of the samples, nearer to the generator's own distribution. Taking the best instead,
/// as a threshold does, would leave the modes that D holds most real and no others.
/// - Source: Azadi, Olsson, Darrell, Goodfellow and Odena, "Discriminator rejection sampling", ICLR 2019; the share by
///   Verine, Pydi, Negrevergne and Chevaleyre, "Optimal budgeted rejection sampling", AISTATS 2024.
/// - Deviation: max r is that of a first batch of 1,000, and of later samples as they come; the discriminator's logits are
///   not calibrated.
struct DiscriminatorRejection: Sendable, Equatable {
    /// The share of samples that is accepted on average, in [0, 1]; less than rejection sampling by itself accepts is
    /// taken for as much as that, so 0 stands for it.
    var keep: Double
    /// The samples that max r and c are estimated from.
    var firstBatch = 1000

    /// Accepts samples, in their order; of any samples at least one.
    ///
    /// - Parameters:
    ///   - logits: the discriminator's, of each sample.
    ///   - coins: sample i is accepted by `uniform(i)`, so that a smaller budget throws the same coins.
    /// - Returns: the indices of the accepted ones.
    func accepted(_ logits: [Double], _ coins: RandomStream) -> [Int] {
        zip(logits.indices, probabilities(logits)).filter { coins.uniform($0) < $1 }.map(\.0)
    }

    /// The probability of each sample to be accepted; that of the largest logit of the first batch is 1.
    func probabilities(_ logits: [Double]) -> [Double] {
        let first = Array(logits.prefix(firstBatch))
        var (greatest, scale) = (first.max() ?? 0, scale(first))
        return logits.map { logit in
            if logit > greatest {
                // Rejection sampling by itself goes on from the new maximum; a wished share has its c.
                if scale == -greatest { scale = -logit }
                greatest = logit
            }
            return Double.exp(min(0, logit + scale))
        }
    }

    /// ln c: of a first batch, −ln max r, or so much more that the wished share is accepted.
    private func scale(_ logits: [Double]) -> Double {
        guard let greatest = logits.max(), let least = logits.min() else { return 0 }
        func share(_ scale: Double) -> Double {
            logits.reduce(0) { $0 + Double.exp(min(0, $1 + scale)) } / Double(logits.count)
        }
        guard share(-greatest) < keep else { return -greatest }
        var (low, high) = (-greatest, -least)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if share(middle) < keep { low = middle } else { high = middle }
        }
        return high
    }
}
