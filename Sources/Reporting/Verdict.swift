import Auditing

/// What the expected relations say together.
struct Verdict: Equatable {
    /// The colour of the box.
    enum Tone: String {
        case green
        case red
        case grey
    }

    var tone: Tone
    var sentence: String

    /// A violated gate makes it red; only a run whose every checked relation held, and at least one was, is green.
    init(_ relations: [RelationFinding]) {
        let violated = relations.filter { $0.outcome == .violated }
        let gates = violated.filter(\.isGate).count
        let held = relations.filter { $0.outcome == .held }.count
        let unchecked = relations.count - violated.count - held
        let tail = unchecked > 0 ? " \(unchecked) of the relations could not be checked on these data." : ""
        if gates > 0 {
            let verb = gates == 1 ? "gate is" : "gates are"
            (tone, sentence) = (
                .red, "\(gates) \(verb) violated: something contradicts what this run must show.\(tail)"
            )
        } else if relations.isEmpty {
            (tone, sentence) = (.grey, "The spec expected no relations, so nothing was checked.")
        } else if !violated.isEmpty {
            (tone, sentence) = (
                .grey,
                "No gate is violated; \(violated.count) of \(relations.count) "
                    + "reported expectations did not come true.\(tail)"
            )
        } else if held == 0 {
            (tone, sentence) = (.grey, "None of the \(relations.count) expected relations could be checked.")
        } else {
            (tone, sentence) = (.green, "All \(held) checked relations held.\(tail)")
        }
    }
}
