import Models
import Tensors
import ThreatModel

/// How alike two generators draw, in the features of a classifier that was trained apart.
///
/// - Source: Hu and Pang, ACSAC 2021, who call the distance to the victim's draws the fidelity of a theft and the one
///   to real records its accuracy.
/// - Deviation: the features are those of a small classifier, not of Inception, and the distance is the squared one.
struct SampleFidelity: TheftYardstick {
    private let judge: SampleJudge
    private let count: Int
    private let random: RandomStream
    private let drawn: Tensor
    private let real: Tensor
    let space: String?

    init(
        _ victim: Model, _ heldOut: Records, _ judge: SampleJudge, samples: Int, _ random: RandomStream
    ) throws(ThreatModelError) {
        guard samples > 1, heldOut.count > 1, let features = heldOut.features else {
            throw .mismatch("expected 2 or more draws and real records, found \(samples) and \(heldOut.count)")
        }
        (self.judge, count, self.random) = (judge, samples, random)
        drawn = judge.features(try victim.samples(samples, random["victim"]))
        real = judge.features(features)
        space = "the \(real.columns) features of the evaluator's last hidden layer"
    }

    /// Squared Fréchet distances to draws of the victim and to real records, and how many classes are drawn.
    ///
    /// Of the victim itself these are other draws than those that it is compared with.
    func measures(of model: Model) throws -> [Measure] {
        let images = try model.samples(count, random["copy"])
        let features = judge.features(images)
        return [
            Measure(name: "Fréchet distance to the victim's samples", value: frechetDistance(features, drawn)),
            Measure(name: "Fréchet distance to real records", value: frechetDistance(features, real)),
            Measure(name: "classes found", value: Double(judge.classesFound(images))),
        ]
    }
}
