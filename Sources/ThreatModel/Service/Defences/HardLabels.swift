/// Tells labels and texts, and no probability at all.
///
/// Logits and a discriminator's scores cannot be asked for. Codes and images are left as they are.
///
/// - Source: Tramèr et al. 2016; Choquette-Choo et al. 2021 show what labels alone still tell.
public struct HardLabels: OutputDefence {
    /// Its entry in the catalogue.
    public static let card = DefenceCard(
        id: "labels-only",
        summary: "tells labels and texts without any probability",
        paper: "Tramèr et al. 2016; Choquette-Choo et al. 2021",
        touches: [.classify, .complete], hides: [.discriminate, .logits],
        leaves: "labels; of texts, with a bias what the greedy token tells by bisection, and every probability as a "
            + "frequency to who samples often (128 choices at temperature 1 a query)")
    /// What is taken away is each token's own.
    public static let actsTokenByToken = true

    /// Creates it of nothing.
    public init(_ values: [Double], _ material: DefenceMaterial) {}

    /// Asks for no log-probabilities.
    public func prepared(_ query: Query) throws(ThreatModelError) -> Query {
        query.mappingCompletion { query in
            if let asked = query.logProbabilities, (0...20).contains(asked) { query.logProbabilities = nil }
        }
    }

    /// Takes away what is left of probabilities.
    public func defended(_ answer: Answer, to query: Query) -> Answer {
        switch answer {
        case .classes(let answers): return .classes(ClassAnswers(labels: answers.labels))
        case .vectors: return answer
        case .completions(var texts):
            for index in texts.indices { texts[index].places = nil }
            return .completions(texts)
        }
    }
}
