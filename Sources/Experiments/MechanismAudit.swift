public import Datasets
public import Lab
import Models
import Tensors

/// A mechanism, put to all detectors.
public struct MechanismAudit: Sendable {
    /// The spec.
    public let spec: MechanismSpec
    private let gradients: RecordGradients
    private let data: String
    private let random: RandomStream

    /// The most numbers of noise that are kept, a gigabyte.
    private static let mostNoise = 125_000_000

    /// Loads the data and draws the model.
    ///
    /// - Throws: ``SpecError`` or `DatasetError` of one line.
    public init(_ spec: MechanismSpec, registry: DatasetRegistry) throws {
        self.spec = spec
        random = RandomStream(seed: spec.seed)
        let (records, size, classes, data) = try Self.records(spec, registry, random["data"])
        self.data = data
        let inputs = records.features?.columns ?? 0
        try spec.model?.check("model", width: size.width, height: size.height, classes: classes)
        let architecture =
            spec.model?.architecture(inputs: inputs, size: size, classes: classes, vocabulary: 0, window: 0)
            ?? .classifier(Classifier(inputs: inputs, hidden: [16], classes: classes))
        let model = Model(untrained: architecture, random["model"])
        gradients = RecordGradients(of: model, on: records, random: random["losses"])
        let kept = gradients.width * spec.steps
        guard kept <= Self.mostNoise else {
            throw SpecError(
                "claim.steps: expected at most \(Self.mostNoise / gradients.width) steps of \(gradients.width) parameters, "
                    + "found \(spec.steps); take fewer, or a smaller model")
        }
    }

    private static func records(
        _ spec: MechanismSpec, _ registry: DatasetRegistry, _ random: RandomStream
    ) throws -> (Records, size: (width: Int, height: Int), classes: Int, words: String) {
        let count = spec.claim.records
        guard let images = spec.images else {
            let labels = random["labels"].uniforms(count).map { Int32($0 * 4) }
            let records = Records(features: random["features"].normalTensor([count, 20]), labels: labels)
            return (records, (0, 0), 4, "\(count) random records of 20 features")
        }
        let loaded = try registry.images(images.dataset, allowFallback: images.fallback)
        let all = try images.shrink.map { try loaded.content.shrunk(by: $0) } ?? loaded.content
        guard count <= all.count else {
            throw SpecError(
                "claim.records: expected at most the \(all.count) records of '\(images.dataset)', found \(count); ask for fewer"
            )
        }
        let chosen = all.subset(random["split"].permutation(all.count).prefix(count))
        let records = Records(
            features: Tensor(pixels: chosen.pixels, shape: [count, chosen.size]), labels: chosen.labels)
        let classes = all.labels.map { Int($0.max() ?? 0) + 1 } ?? 0
        return (records, (all.width, all.height), classes, "\(count) images of \(loaded.id)")
    }

    /// Plays all detectors.
    ///
    /// - Parameter progress: called with the share done, in [0, 1].
    /// - Returns: every verdict, and whether they are as expected.
    /// - Throws: `AccountingError` for numbers that no accountant takes.
    public func report(progress: (Double) -> Void = { _ in }) throws -> MechanismReport {
        let step = spec.mechanism.step(spec.claim)
        let probe = SensitivityProbe().verdict(on: step, gradients, random: random["training"], level: spec.level)
        let trace = MechanismTrace(of: step, on: gradients, steps: spec.steps, random: random["training"]) {
            progress(0.4 * Double($0) / Double(spec.steps))
        }
        let verdicts = [
            probe, NoiseDistribution.verdict(on: trace.noise, level: spec.level),
            SamplerChiSquared.verdict(on: trace.batches, rate: spec.claim.samplingRate, level: spec.level),
            try spec.canary.audit.verdict(on: step, gradients, random: random["canary"], level: spec.level) {
                progress(0.4 + 0.6 * $0)
            },
        ]
        return MechanismReport(
            name: spec.name, seed: spec.seed, mechanism: spec.mechanism.rawValue, claim: spec.claim, steps: spec.steps,
            data: "\(data), \(gradients.width) parameters", verdicts: verdicts, caughtBy: spec.caughtBy)
    }
}

/// What the detectors said of a mechanism, and what was expected of them.
public struct MechanismReport: Codable, Sendable, Equatable {
    /// The experiment.
    public var name: String
    /// The seed of all randomness.
    public var seed: UInt64
    /// Which mechanism.
    public var mechanism: String
    /// What it says of itself.
    public var claim: MechanismClaim
    /// How many steps were watched.
    public var steps: Int
    /// What the gradients are gradients of.
    public var data: String
    /// What each detector said.
    public var verdicts: [Verdict]
    /// Who had to reject the claim; nobody may when empty.
    public var caughtBy: [Detector]

    /// Those who rejected the claim.
    public var caught: [Detector] { verdicts.filter(\.isCaught).map(\.detector) }

    /// Whether everybody who must reject the claim does, and nobody does where nobody may.
    public var isAsExpected: Bool { caughtBy.isEmpty ? caught.isEmpty : Set(caught).isSuperset(of: caughtBy) }

    /// What was expected and what came, in a sentence.
    public var outcome: String {
        let found = caught.isEmpty ? "no detector" : caught.map(\.rawValue).joined(separator: ", ")
        let wanted = caughtBy.isEmpty ? "no detector" : caughtBy.map(\.rawValue).joined(separator: ", ")
        return "rejected by \(found); expected: \(wanted)"
    }
}
