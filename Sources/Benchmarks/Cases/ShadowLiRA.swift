import Attacks
import Foundation
import Models
import Tensors
import ThreatModel
import Training

/// The headline: a pool of shadow classifiers and a target on halves of the candidates, then online LiRA on all of them.
///
/// The clock runs from the loading of the images to the scores. An item is an image that a model was trained on.
struct ShadowLiRA: Benchmark {
    let name: String
    let unit = "images"
    /// The number of shadows, even: they come in complementary halves, so that every candidate is in half of them.
    let shadows: Int
    var candidates = 10_000
    var epochs = 20

    static let sixteen = ShadowLiRA(name: "shadow-lira-16", shadows: 16)
    static let sixtyFour = ShadowLiRA(name: "shadow-lira-64", shadows: 64)

    private static let hidden = 256
    private static let needs = Arithmetic.perceptron([784, hidden, 10])

    var flopsPerItem: Double { Self.needs.training }
    /// The images, the signals, and two models in training, each with its half of the images.
    var expectedBytes: Double {
        8 * Double(candidates * 784) + 8 * Double(candidates * (shadows + 1))
            + 2 * Self.needs.bytes(batch: 128, moments: 2)
    }
    var peers: [PeerVariant] {
        let program = PeerProgram(
            file: "bench_shadow_torch.py",
            arguments: ["--models", "\(shadows)", "--examples", "\(candidates)", "--epochs", "\(epochs)"],
            ways: [.init("mp", ["--variant", "mp"]), .init("seq", ["--variant", "seq"])])
        return program.variants(adding: [])
    }
    /// The training images of the whole job.
    var items: Double { Double(candidates / 2 * epochs * (shadows + 1)) }

    func prepare(_ setting: BenchmarkSetting) -> @Sendable () async throws -> BenchmarkRun {
        var job = self
        if setting.isBrief { (job.candidates, job.epochs) = (min(candidates, 1000), min(epochs, 2)) }
        return { [job] in
            let start = ContinuousClock.now
            let (signals, membership) = try await job.pool(setting)
            let attack = LiRA(variance: job.shadows / 2 >= LiRA.fewestModels ? .perRecord : .pooled)
            let scores = try attack.scores(
                SignalTable(
                    target: signals[job.shadows],
                    shadows: ShadowView(signals: signals.dropLast(), membership: membership.dropLast())))
            let seconds = start.duration(to: .now) / .seconds(1)
            precondition(scores.allSatisfy(\.isFinite), "a score that is no number")
            return BenchmarkRun(
                windows: [Window(seconds: seconds, items: job.items)], lossLast: Self.loss(signals, membership))
        }
    }

    /// Trains all models, the target last, as many at a time as there are threads, and returns their signals.
    private func pool(_ setting: BenchmarkSetting) async throws -> (signals: [[Double]], membership: [[Bool]]) {
        let records = try BenchmarkData.images(candidates, setting)
        let membership = (0...shadows).map { half($0, setting.random["membership"]) }
        let recipe = Recipe(
            .classifier(Classifier(inputs: 784, hidden: [Self.hidden], classes: 10)), epochs: epochs, batchSize: 128,
            optimiser: .adam(rate: 1e-3))
        let signals = try await mapConcurrently(membership.indices, workers: setting.threads) { index in
            let members = membership[index].indices.filter { membership[index][$0] }
            let trained = try recipe.train(on: records.gather(members), random: setting.random["shadow"][index])
            return try Signal.logitConfidence.values(of: trained.model, on: records)
        }
        return (signals, membership)
    }

    /// The half of the candidates that a model is trained on: each odd shadow's is the complement of its predecessor's.
    private func half(_ index: Int, _ random: RandomStream) -> [Bool] {
        var isMember = [Bool](repeating: index % 2 == 1, count: candidates)
        let order = random[index / 2].permutation(candidates)
        for record in order.prefix(candidates / 2) { isMember[record].toggle() }
        return isMember
    }

    /// The mean cross-entropy of all models on their members: −ln p = ln(1 + e^−φ) with φ the logit of p.
    private static func loss(_ signals: [[Double]], _ membership: [[Bool]]) -> Double {
        var (sum, count) = (0.0, 0)
        for (values, isMember) in zip(signals, membership) {
            for (value, counts) in zip(values, isMember) where counts {
                sum += max(-value, 0) + log1p(exp(-abs(value)))
                count += 1
            }
        }
        return sum / Double(count)
    }
}
