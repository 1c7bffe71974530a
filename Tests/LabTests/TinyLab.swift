import Lab
import Models
import Tensors

/// A classifier of 43 parameters on 100 records, and a claim about its private training.
struct TinyLab {
    let claim: MechanismClaim
    let gradients: RecordGradients

    init(clippingNorm: Double = 0.5, noiseMultiplier: Double = 1.2, batch: Int = 10, records: Int = 100) {
        claim = MechanismClaim(
            clippingNorm: clippingNorm, noiseMultiplier: noiseMultiplier, batch: batch, records: records)
        let random = RandomStream(seed: 17)
        let features = random["features"].normalTensor([records, 6])
        let labels = random["labels"].uniforms(records).map { Int32($0 * 3) }
        let model = Model(
            untrained: .classifier(Classifier(inputs: 6, hidden: [4], classes: 3)), random["model"])
        gradients = RecordGradients(
            of: model, on: Records(features: features, labels: labels), random: random["losses"])
    }

    func trace(_ specimen: Specimen, steps: Int = 60, seed: UInt64 = 1) -> MechanismTrace {
        MechanismTrace(
            of: specimen.step(claim), on: gradients, steps: steps, random: RandomStream(seed: seed))
    }

    /// What each detector says of a specimen.
    func verdicts(_ specimen: Specimen, steps: Int = 60, seed: UInt64 = 1, level: Double = 0.999) throws -> [Verdict] {
        let (step, random) = (specimen.step(claim), RandomStream(seed: seed))
        let trace = trace(specimen, steps: steps, seed: seed)
        var canary = GradientCanary()
        (canary.pairs, canary.runs) = (200, 0)
        return [
            SensitivityProbe().verdict(on: step, gradients, random: random, level: level),
            NoiseDistribution.verdict(on: trace.noise, level: level),
            SamplerChiSquared.verdict(on: trace.batches, rate: claim.samplingRate, level: level),
            try canary.verdict(on: step, gradients, random: random["canary"], level: level),
        ]
    }
}
