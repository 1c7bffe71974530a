import ArgumentParser
import Auditing
import Experiments
import Foundation
import Statistics
import Tensors
import ThreatModel

/// Attacks on signals of any framework.
struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Scores candidates from signals that any framework exported, and grades them where the truth is known.",
        discussion: """
            SIGNALS is a safetensors file with target [C], shadows [S, C], membership [S, C], optionally population [P], \
            population_shadows [S, P], labels [C], truth [C], and the metadata signal: confidence (probability of the true \
            class), or one of Penumbra's signals such as logit-confidence or loss.
            Attacks: \(ForeignSignals.Attack.cards.map(\.id).joined(separator: ", ")).
            Settings of LiRA: variance=pooled|per-record|grand, centre=mean|median; offline also \
            score=standardised|probability. An unknown key lists an attack's settings.
            """)
    @Argument(help: "The file with the signals.") var signals: String
    @Option(help: "The attack.") var attack: String
    @Option(name: .customLong("set"), help: "A setting of the attack, key=value; may be repeated.") var settings:
        [String] = []
    @Option(
        name: .customLong("fpr"), parsing: .unconditionalSingleValue,
        help: "A false-positive rate to read the ROC at; may be repeated (default: 0.1, 0.01, 0.001, 0.0001, 0).")
    var rates: [Double] = []
    @Option(help: "Where to write the scores [C], F64 in safetensors.") var out: String?
    @Flag(help: "Print JSON.") var json = false

    private struct Answer: Encodable {
        var attack: String
        var settings: [String: String]
        var signal: String
        var candidates: Int
        var scores: [Double]
        var grade: MembershipGrade?
    }

    func run() throws {
        let attack = try ForeignSignals.Attack(id: attack, settings: try KeyValues.parse(settings))
        let signals = try ForeignSignals(contentsOf: URL(filePath: signals))
        if !signals.ignored.isEmpty {
            try Output.log("warning: arrays that mean nothing here: \(signals.ignored.joined(separator: ", "))")
        }
        let scores = try signals.scores(attack)
        let grade = try signals.grade(scores, rates: rates.isEmpty ? MembershipGame.rates : rates)
        let answer = Answer(
            attack: attack.id, settings: attack.settings, signal: signals.kind.name, candidates: scores.count,
            scores: scores, grade: grade)
        if let out { try write(answer, to: URL(filePath: out)) }
        if json { try Output.json(answer) } else { try show(answer, signals.truth) }
    }

    private func write(_ answer: Answer, to file: URL) throws {
        let array = Safetensors.Array(answer.scores, shape: [answer.candidates])
        let metadata = answer.settings.merging(["attack": answer.attack, "signal": answer.signal]) { $1 }
        let data = try Safetensors(arrays: ["scores": array], metadata: metadata).encoded()
        do {
            try data.write(to: file, options: .atomic)
        } catch {
            throw Failure(.environment, "cannot write \(file.path): \(error.localizedDescription) Choose another --out")
        }
    }

    private func show(_ answer: Answer, _ truth: [Bool]?) throws {
        let settings = answer.settings.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " ")
        try Output.table([["attack", "\(answer.attack) \(settings)"], ["signal", answer.signal]])
        if let grade = answer.grade { try Output.table(GradeLines.table(grade)) }
        guard out == nil else { return }
        let head = ["record", "score"] + (truth == nil ? [] : ["member"])
        try Output.table(
            [head]
                + answer.scores.enumerated().map { index, score in
                    ["\(index)", "\(score)"] + (truth.map { [$0[index] ? "1" : "0"] } ?? [])
                })
    }
}
