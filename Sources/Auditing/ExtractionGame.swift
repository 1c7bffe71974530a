public import Models
import Statistics
import Tensors
public import ThreatModel

/// The game of extraction: how faithfully a surrogate imitates the victim on records that neither was trained on.
public struct ExtractionGame: Sendable {
    private let victim: Model
    private let heldOut: Records

    /// Starts a game with the victim and the records of the comparison.
    package init(victim: Model, heldOut: Records) { (self.victim, self.heldOut) = (victim, heldOut) }

    /// Compares answers: agreement and divergence of distributions, peak signal-to-noise ratio of reconstructions.
    ///
    /// - Throws: ``ThreatModelError`` when one of the two has no answers.
    public func fidelity(_ surrogate: Model, control: Model, controlName: String) throws(ThreatModelError) -> [Measure]
    {
        let expected = try victim.answers(heldOut)
        let (found, other) = (try surrogate.answers(heldOut), try control.answers(heldOut))
        let unit: String
        switch victim.architecture {
        case .transformer: unit = "nats per token"
        case .classifier: unit = "nats per record"
        default:
            return [
                Measure(
                    name: "PSNR to the victim's answers", value: peakSignalToNoise(found, expected), unit: "dB",
                    control: peakSignalToNoise(other, expected), controlName: controlName)
            ]
        }
        return [
            Measure(
                name: "agreement", value: agreement(found, expected), unit: "",
                interval: .clopperPearson(
                    successes: agreements(found, expected), trials: expected.rows, confidence: 0.95),
                control: agreement(other, expected), controlName: controlName),
            Measure(
                name: "KL from the victim", value: divergence(expected, found), unit: unit,
                control: divergence(expected, other), controlName: controlName),
        ]
    }

    private func agreements(_ a: Tensor, _ b: Tensor) -> Int {
        zip(a.rowArgmax(), b.rowArgmax()).count { $0 == $1 }
    }

    private func agreement(_ a: Tensor, _ b: Tensor) -> Double { Double(agreements(a, b)) / Double(max(a.rows, 1)) }

    /// The mean over rows of Σ p ln(p/q), in nats.
    private func divergence(_ p: Tensor, _ q: Tensor) -> Double {
        let tiny: Float = 1e-30
        var total = 0.0
        for row in 0..<p.rows {
            for (a, b) in zip(p.row(row), q.row(row)) where a > 0 {
                total += Double(a) * (logarithm(max(a, tiny)) - logarithm(max(b, tiny)))
            }
        }
        return total / Double(max(p.rows, 1))
    }
}
