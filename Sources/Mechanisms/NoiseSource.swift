public import Tensors

/// Where the noise of a mechanism comes from.
public enum NoiseSource: Sendable {
    /// Philox from a seed: reproducible, and therefore not private against anyone who knows the seed.
    case seeded(RandomStream)
    /// libsodium's ChaCha20 stream under a fresh key of the operating system for every tensor.
    ///
    /// A single normal number in floating point takes so few values that the last bits of a release can tell what it was
    /// added to (Mironov, "On significance of the least significant bits for differential privacy", CCS 2012, for
    /// Laplace noise; Jin and others 2022 for Box–Muller). Each number here is half the sum of four draws, which leaves
    /// too many combinations to search (Holohan and Braghin, "Secure random sampling in differential privacy", ESORICS
    /// 2021).
    /// - Deviation: sums of vectorised single-precision Box–Muller draws, not of double-precision ones. The rounding of
    ///   the released sum itself is not treated, as it would be by discrete noise.
    case secure

    /// Whether the noise can be reproduced; a report must say so.
    public var isReproducible: Bool {
        switch self {
        case .seeded: true
        case .secure: false
        }
    }

    /// Adds N(0, deviation²) to every element, then scales it; seeded noise is that of the purpose beneath its stream.
    func addNormals(to tensor: inout Tensor, deviation: Float, purpose: String, scaledBy factor: Float = 1) {
        switch self {
        case .seeded(let random): random[purpose].addNormals(to: &tensor, deviation: deviation, scaledBy: factor)
        case .secure:
            SecureRandom.addNormals(to: &tensor, deviation: deviation)
            if factor != 1 { tensor.scale(by: factor) }
        }
    }

    /// Returns a draw from N(0, deviation²).
    func normal(deviation: Double, purpose: String) -> Double {
        var draw = Tensor.zeros([1])
        addNormals(to: &draw, deviation: Float(deviation), purpose: purpose)
        return Double(draw[0])
    }
}
