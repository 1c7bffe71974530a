import Models
import Tensors
import ThreatModel

/// What an attack gathers through an access, whatever stands behind it.
struct Evidence: Equatable {
    var tensors: [Tensor] = []
    var numbers: [Int32] = []
    var completions: [Completion] = []
    var queries = 0
    var tokens = 0
}

/// Attacks in miniature: each asks through one access, adaptively where that is possible.
enum Play {
    typealias Attack = @Sendable (Victim, QueryMeter) throws -> Evidence

    static let random = RandomStream(seed: 11)

    static let labels: Attack = { victim, meter in
        let access = LabelsOnly(to: victim, meter: meter)
        var evidence = Evidence(numbers: try access.labels(Records(features: ServedModels.rows)))
        // What is asked next depends on what was answered.
        let kept = evidence.numbers.indices.filter { evidence.numbers[$0] == evidence.numbers[0] }
        evidence.numbers += try access.labels(Records(features: ServedModels.rows.gatherRows(kept) * 0.5))
        evidence.numbers.append(Int32(try access.classes))
        return evidence
    }
    static let predictions: Attack = { victim, meter in
        let access = Predictions(to: victim, meter: meter)
        let first = try access.probabilities(Records(features: ServedModels.rows))
        let next = ServedModels.rows * first.rows(0..<1)[0]
        return Evidence(tensors: [first, try access.probabilities(Records(features: next))])
    }
    static let codes: Attack = { victim, meter in
        // Labelled, as data sets are, whether or not the model reads labels.
        let records = Records(features: ServedModels.rows, labels: ServedModels.labels)
        return Evidence(tensors: [try Codes(to: victim, meter: meter).codes(records)])
    }
    static let samples: Attack = { victim, meter in
        let access = SamplesOnly(to: victim, meter: meter)
        var evidence = Evidence(tensors: [try access.samples(300, random["all"])])
        for label in 0..<Int32(try access.classes) {
            evidence.tensors.append(try access.samples(5, of: label, random[Int(label)]))
        }
        let records = Records(features: ServedModels.rows.rows(0..<10))
        evidence.tensors.append(Tensor(try access.values(.nearestSample, of: records).map(Float.init)))
        return evidence
    }
    static let latents: Attack = { victim, meter in
        let access = LatentQueries(to: victim, meter: meter)
        let codes = random["codes"].normalTensor([300, try access.latents])
        let images = try access.images(of: codes)
        return Evidence(tensors: [images, try access.images(of: codes * images[0])])
    }
    static let continuations: Attack = { victim, meter in
        let access = Continuations(to: victim, meter: meter)
        let prompts = ServedModels.contexts(150, length: 4)
        let greedy = try access.greedy(prompts, by: 3)
        let sampled = try access.sampled(
            zip(prompts, greedy).map { $0 + $1 }, by: 4, SamplingRule(temperature: 0.8), random["texts"])
        return Evidence(numbers: (greedy + sampled).flatMap(\.self))
    }
    static let completions: Attack = { victim, meter in
        let access = Completions(to: victim, meter: meter)
        var query = CompletionQuery(
            prompts: ServedModels.contexts(70, length: 3), maxTokens: 1, stream: random["bias"])
        query.logProbabilities = 5
        var evidence = Evidence(completions: try access.complete(query))
        // The likeliest token is hidden, so that the next come to light: the extraction of logits by bias.
        let top = evidence.completions[0].places?[0].top.map(\.token) ?? []
        query.bias = Dictionary(uniqueKeysWithValues: top.map { ($0, -100) })
        evidence.completions += try access.complete(query)
        evidence.numbers = [Int32(try access.card.vocabulary ?? 0), Int32(try access.card.context ?? 0)]
        return evidence
    }
    static let logits: Attack = { victim, meter in
        let access = Logits(to: victim, meter: meter)
        return Evidence(tensors: [try access.logits(ServedModels.contexts(150, length: 6))])
    }
}
