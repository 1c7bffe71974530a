import Foundation
import Tensors

/// Adds Gaussian noise that depends on what is asked.
///
/// Probabilities of classes get noise, what becomes negative is 0, and the row is scaled to add up to 1 again (a row of
/// which nothing is left becomes uniform); the label is that of the noisy row, so that no part of an answer tells the
/// undefended one. Log-probabilities, logits and codes get noise in their own units; a log-probability stays at most 0,
/// and the likeliest tokens are ranked by what is told. Images are left as they are.
///
/// The noise of a row is addressed by its bits, that of a token's log-probability by the tokens before it and its
/// number: whoever asks twice, in another batch, or with another bias gets the same noise. Fresh noise would be averaged
/// away, its deviation shrinking with the root of the number of queries. Two defences of a chain, and those of two models,
/// have different noise.
public struct OutputNoise: OutputDefence {
    /// Its entry in the catalogue.
    public static let card = DefenceCard(
        id: "noise",
        summary: "adds Gaussian noise to probabilities, log-probabilities, logits and codes, the same to the same "
            + "query; the label is that of the noisy answer",
        paper: "the random noise that Orekondy et al. 2020 compare with",
        values: [ValueCard("deviation", 0...10)],
        touches: [.classify, .encode, .discriminate, .complete, .logits],
        leaves: "averages over queries that differ a little, which get different noise")
    /// The noise is addressed by the text before a token.
    public static let actsTokenByToken = true

    private let deviation: Double
    private let random: RandomStream

    /// Creates it of the standard deviation.
    public init(_ values: [Double], _ material: DefenceMaterial) {
        (deviation, random) = (values[0], material.random["noise"])
    }

    /// Adds the noise.
    public func defended(_ answer: Answer, to query: Query) -> Answer {
        switch (answer, query) {
        case (.classes(var answers), .classify(let rows)):
            guard let probabilities = answers.probabilities, probabilities.rows == rows.rows else { return answer }
            let noisy = probabilities.mappingRows { row, index in
                Self.distribution(added(to: row, stream(of: rows.row(index))))
            }
            answers = ClassAnswers(labels: noisy.rowArgmax(), probabilities: noisy)
            return .classes(answers)
        case (.vectors(let vectors), _):
            let streams = streams(of: query)
            guard streams.count == vectors.rows else { return answer }
            return .vectors(vectors.mappingRows { row, index in added(to: row, streams[index]) })
        case (.completions(let texts), .complete(let query)):
            return .completions(texts.map { noisy($0, query) })
        default: return answer
        }
    }

    private func stream(of row: [Float], _ label: Int32? = nil) -> RandomStream {
        var hash = ContentHash()
        hash.combine(row)
        if let label { hash.combine(label) }
        return random[Int(truncatingIfNeeded: hash.value)]
    }

    private func streams(of query: Query) -> [RandomStream] {
        switch query {
        case .encode(let rows, let labels): (0..<rows.rows).map { stream(of: rows.row($0), labels?[$0]) }
        case .classify(let rows), .decode(let rows), .discriminate(let rows):
            (0..<rows.rows).map { stream(of: rows.row($0)) }
        case .logits(let contexts):
            contexts.map { context in
                var hash = ContentHash()
                hash.combine(context)
                return random[Int(truncatingIfNeeded: hash.value)]
            }
        case .sample, .complete: []
        }
    }

    private func added(to row: [Float], _ stream: RandomStream) -> [Float] {
        row.indices.map { Float(Double(row[$0]) + deviation * Self.normal(stream, $0)) }
    }

    /// A standard normal number that is addressed by a number (Box and Muller 1958).
    private static func normal(_ stream: RandomStream, _ index: Int) -> Double {
        let (radius, angle) = (stream.uniform(2 * index), stream.uniform(2 * index + 1))
        return (-2 * Foundation.log(1 - radius)).squareRoot() * Foundation.cos(2 * .pi * angle)
    }

    private static func distribution(_ row: [Float]) -> [Float] {
        let total = row.reduce(0.0) { $0 + Double(max(0, $1)) }
        guard total > 0 else { return row.map { _ in 1 / Float(row.count) } }
        return row.map { Float(Double(max(0, $0)) / total) }
    }

    private func noisy(_ completion: Completion, _ query: CompletionQuery) -> Completion {
        guard var places = completion.places, query.prompts.indices.contains(completion.prompt) else {
            return completion
        }
        var hash = ContentHash()
        if !query.echoes { hash.combine(query.prompts[completion.prompt]) }
        for (index, token) in completion.tokens.prefix(places.count).enumerated() {
            places[index] = noisy(places[index], token, random[Int(truncatingIfNeeded: hash.value)])
            hash.combine(token)
        }
        var result = completion
        result.places = places
        return result
    }

    private func noisy(_ place: TokenPlace, _ token: Int32, _ stream: RandomStream) -> TokenPlace {
        func told(_ token: Int32, _ logProbability: Float) -> Float {
            min(0, Float(Double(logProbability) + deviation * Self.normal(stream, Int(token))))
        }
        let top = place.top.map { RankedToken(token: $0.token, logProbability: told($0.token, $0.logProbability)) }
        return TokenPlace(
            logProbability: place.logProbability.map { told(token, $0) },
            top: top.sorted { ($0.logProbability, $1.token) > ($1.logProbability, $0.token) })
    }
}
