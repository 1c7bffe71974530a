import Models
import Tensors
import ThreatModel

/// The training set of a second generator: samples of the first, those that are accepted, and public records beside.
struct SampleTransfer: Sendable, Equatable {
    /// The share of the training set that is public records, in [0, 1).
    var mix: Double

    /// The most samples of one request, which bounds an answer's size.
    private static let request = 1000

    /// Samples, of a conditional victim of one class after the other, with their labels.
    ///
    /// The first of them are the same whatever their number, so a smaller budget can take its part.
    static func records(
        _ count: Int, classes: Int, _ random: RandomStream,
        draw: (Int, Int32?, RandomStream) throws(ThreatModelError) -> Tensor
    ) throws(ThreatModelError) -> Records {
        func images(_ count: Int, of label: Int32?, _ random: RandomStream) throws(ThreatModelError) -> [Tensor] {
            var parts: [Tensor] = []
            for start in stride(from: 0, to: count, by: request) {
                parts.append(try draw(min(request, count - start), label, random[start / request]))
            }
            return parts
        }
        guard classes > 0 else {
            return Records(features: .concatenatedRows(try images(count, of: nil, random)))
        }
        var (parts, starts) = ([Tensor](), [0])
        for label in 0..<classes {
            let own = (count + classes - 1 - label) / classes
            parts += try images(own, of: Int32(label), random["class"][label])
            starts.append(starts[label] + own)
        }
        let order = (0..<count).map { starts[$0 % classes] + $0 / classes }
        return Records(
            features: Tensor.concatenatedRows(parts).gatherRows(order), labels: (0..<count).map { Int32($0 % classes) })
    }

    /// How many public records join so many samples.
    func publicCount(_ samples: Int) -> Int { Int((mix / (1 - mix) * Double(samples)).rounded()) }

    /// Puts the first public records behind samples.
    ///
    /// - Throws: ``ThreatModelError`` when there are too few of them, or the samples have labels and they have none.
    func mixed(_ samples: Records, with population: Records, _ attack: String) throws(ThreatModelError) -> Records {
        let count = publicCount(samples.count)
        guard count > 0 else { return samples }
        guard count <= population.count, let features = population.features else {
            throw .missingKnowledge(
                "a population of \(count) vectors, to mix \(mix) of it with \(samples.count) samples", attack: attack)
        }
        let all = Tensor.concatenatedRows([samples.requiredFeatures, features.rows(0..<count)])
        guard let labels = samples.labels else { return Records(features: all) }
        guard let others = population.labels else {
            throw .missingKnowledge("a population with labels, as the victim's samples have them", attack: attack)
        }
        return Records(features: all, labels: labels + others.prefix(count))
    }
}
