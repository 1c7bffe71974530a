/// A service whose answers go through defences, one after the other.
///
/// Queries are prepared by the defences in their order, and answers are changed in the same order: `[temperature,
/// rounding]` rounds the flattened probabilities. What the model does while it generates text (the temperature of
/// log-probabilities, the n-gram filter) comes before what is done to its answer. What a defence hides is not on the
/// card, and is refused.
public struct DefendedService: ModelService {
    private let service: any ModelService
    private let defences: [any OutputDefence]

    /// Wraps a service.
    public init(_ service: any ModelService, _ defences: [any OutputDefence]) {
        (self.service, self.defences) = (service, defences)
    }

    /// Wraps a service with defences by name.
    ///
    /// - Throws: ``NamedValuesError/missing(_:what:)`` when the material lacks something.
    public init(
        _ service: any ModelService, _ specs: [DefenceSpec], _ material: DefenceMaterial
    ) throws(NamedValuesError) {
        self.init(service, try specs.defences(material))
    }

    /// The wrapped service's card, without the operations that are hidden.
    public func card() throws(ThreatModelError) -> ServiceCard {
        var card = try service.card()
        card.operations.removeAll { operation in hiding(operation) != nil }
        return card
    }

    /// Answers a query as far as the defences allow it.
    ///
    /// - Throws: ``ThreatModelError/refused(_:)`` when a defence hides the operation or refuses the query, and what the
    ///   wrapped service throws.
    public func answer(_ query: Query) throws(ThreatModelError) -> Answer {
        let active = try active(for: query.operation)
        var prepared = query
        for defence in active { prepared = try defence.prepared(prepared) }
        var answer = try service.answer(prepared)
        for defence in active { answer = defence.defended(answer, to: query) }
        return answer
    }

    /// Begins a completion as far as the defences allow it.
    ///
    /// Each part is told as it would be told in the whole answer; where one of the defences needs the whole, it is held
    /// back until it is there.
    ///
    /// - Throws: as ``answer(_:)``.
    public func stream(_ query: CompletionQuery) throws(ThreatModelError) -> any CompletionStream {
        let active = try active(for: .complete)
        guard active.allSatisfy({ type(of: $0).actsTokenByToken }) else { return WholeCompletionStream(self, query) }
        var prepared = Query.complete(query)
        for defence in active { prepared = try defence.prepared(prepared) }
        guard case .complete(let asked) = prepared else { return WholeCompletionStream(self, query) }
        return DefendedStream(try service.stream(asked), active, query)
    }

    /// The defences that change an operation's queries or answers.
    private func active(for operation: Operation) throws(ThreatModelError) -> [any OutputDefence] {
        if let hiding = hiding(operation) {
            throw .refused(
                .invalid(
                    parameter: "",
                    "'\(operation.rawValue)' is not answered: the defence '\(hiding)' hides it; ask for another operation"
                ))
        }
        return defences.filter { type(of: $0).card.touches.contains(operation) }
    }

    /// The defence that hides an operation.
    private func hiding(_ operation: Operation) -> String? {
        defences.lazy.map { type(of: $0).card }.first { $0.hides.contains(operation) }?.id
    }
}

extension [DefenceSpec] {
    /// The defences in their order, each with noise of its own.
    ///
    /// - Throws: ``NamedValuesError/missing(_:what:)`` when the material lacks something.
    public func defences(_ material: DefenceMaterial) throws(NamedValuesError) -> [any OutputDefence] {
        var defences: [any OutputDefence] = []
        for (position, spec) in enumerated() { defences.append(try spec.defence(material.at(position))) }
        return defences
    }
}
