import ArgumentParser
import Auditing
import Experiments
import Foundation
import Statistics
import Tensors
import ThreatModel

/// Attacks on what any framework measured.
struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Scores candidates from arrays that any framework exported, and grades them where the truth is known.",
        discussion: """
            ARRAYS is a safetensors file; an attack says which arrays it lacks. Of C candidates, S shadow models and P \
            records that are no candidates:
              signals: target [C], shadows [S, C], membership [S, C], population [P], population_shadows [S, P], and the \
            metadata signal: confidence (probability of the true class), or one of Penumbra's signals such as \
            logit-confidence or loss.
              classifiers: probabilities [C, K], labels [C], shadow_probabilities [S, C, K], membership.
              language models: token_log_probabilities [C, T], token_lengths [C], token_means and token_variances [C, T], \
            zlib_lengths [C], and the losses lowercase_losses [C], prefixed [Q, C], neighbours [N, C].
              generators: features [C, D], samples [M, D], reference_samples [R, D], population_features [P, D].
              grading: truth [C].
            Attacks: \(ForeignAttack.cards.map(\.id).joined(separator: ", ")).
            Settings of LiRA: variance=pooled|per-record|grand, centre=mean|median; offline also \
            score=standardised|probability. An unknown key lists an attack's settings.
            """)
    @Argument(help: "The file with the arrays.") var arrays: String
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
        var signal: String?
        var candidates: Int
        var scores: [Double]
        var grade: MembershipGrade?
    }

    func run() throws {
        let attack = try ForeignAttack(id: attack, settings: try KeyValues.parse(settings))
        let file = try ForeignFile(contentsOf: URL(filePath: arrays))
        if !file.ignored.isEmpty {
            try Output.log("warning: arrays that mean nothing here: \(file.ignored.joined(separator: ", "))")
        }
        let scores = try file.scores(attack)
        let grade = try file.grade(scores, rates: rates.isEmpty ? MembershipGame.rates : rates)
        let answer = Answer(
            attack: attack.id, settings: attack.settings, signal: file.signal, candidates: scores.count,
            scores: scores, grade: grade)
        if let out { try write(answer, to: URL(filePath: out)) }
        if json { try Output.json(answer) } else { try show(answer, file.truth) }
    }

    private func write(_ answer: Answer, to file: URL) throws {
        let array = Safetensors.Array(answer.scores, shape: [answer.candidates])
        var metadata = answer.settings.merging(["attack": answer.attack]) { $1 }
        metadata["signal"] = answer.signal
        let data = try Safetensors(arrays: ["scores": array], metadata: metadata).encoded()
        do {
            try data.write(to: file, options: .atomic)
        } catch {
            throw Failure(.environment, "cannot write \(file.path): \(error.localizedDescription) Choose another --out")
        }
    }

    private func show(_ answer: Answer, _ truth: [Bool]?) throws {
        let settings = answer.settings.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " ")
        try Output.table(
            [["attack", "\(answer.attack) \(settings)"]] + (answer.signal.map { [["signal", $0]] } ?? []))
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
