import Accounting
import Attacks
import Auditing
import Foundation
import Models
import Statistics
import Store
import Synchronization
import Tensors
import ThreatModel
import Training

/// What an attack's stage leaves: a row without what belongs to the victim, its ROC, and something to look at.
struct AttackOutcome: Codable {
    var game: Game
    var signal: String
    var membership: MembershipGrade?
    var measures: [Measure]
    var queries: Int
    var trainings: Int
    var notes: [String]
    var roc: Curves.Line?
    var exhibits: [Exhibit]
    /// Lower bounds on epsilon, of victims that promise one.
    var audits: [AuditStatement]?
}

/// Lets one attack play against one victim, and has the game grade it.
struct AttackStage: Sendable {
    /// The confidence of the bounds that are held against the accountant's: a high one, for every row is one more trial.
    static let auditConfidence = 0.999

    let attack: AttackSpec
    /// The settings of an attack on another secret than membership.
    let settings: GameSettings
    let victim: ResolvedVictim
    let victimStage: String
    let evaluatorStage: String?
    let shadowStages: [String]

    /// Roughly 10⁹ multiply-adds.
    var cost: Double {
        switch attack.attack {
        case AnswerDistillation.card.id: settings.budgets.reduce(5) { $0 + surrogate.work($1) }
        case GeneratorDistillation.card.id: surrogate.work(settings.samples)
        case DecoderInversion.card.id: decoder.work(settings.auxiliary)
        default:
            attack.entry.isTheft
                ? Double(attack.repetitions ?? 1) * thefts.reduce(5) { $0 + 2 * surrogate.work($1) } : 10
        }
    }

    /// The numbers of records that students of a theft are trained on.
    private var thefts: [Int] {
        switch attack.settings.values["budgets"] {
        case .numbers(let budgets): budgets.map { Int($0) }
        case .number(let budget): [Int(budget)]
        default: [1000]
        }
    }

    func run(_ context: StageContext) throws {
        if attack.targets == .pool {
            let pool = try ShadowPool(shadowStages, signal: attack.signal, context)
            let play = PoolAttack(attack: attack, victim: victim, pool: pool)
            return try context.write("outcome.json", try play.outcome())
        }
        let arena = try Arena(stage: self, context: context, model: try context.model(from: victimStage))
        try context.write("outcome.json", try arena.play())
    }

    /// How a student or second generator is trained: as the spec says, else as the victim without its defence.
    var surrogate: Recipe {
        let model = attack.model ?? victim.spec.model
        return (attack.training ?? victim.spec.training).recipe(victim.split.architecture(model))
    }

    /// Checks the rates of a training of its own against the phases of what is trained.
    func checkTraining() throws {
        let own = attack.attack == DecoderInversion.card.id ? decoder : surrogate
        try attack.training?.check("victims: the training of \(attack.attack) on '\(victim.spec.id)'", own.architecture)
    }

    /// The victim's decoder, as an adversary would guess it from the encoder, or the one that the spec gives.
    var decoder: Recipe {
        let size = victim.split.size
        let network = CodeDecoder(
            inputs: victim.spec.model.latents, hidden: attack.model?.hidden ?? victim.spec.model.hidden.reversed(),
            outputs: victim.split.candidates.features?.columns ?? 0,
            convolutions: (attack.model ?? victim.spec.model).convolutional?.convolutions(
                width: size.width, height: size.height))
        return (attack.training ?? victim.spec.training).recipe(.decoder(network))
    }
}

/// One play: the accesses, the knowledge, the trainer and the games.
struct Arena {
    let stage: AttackStage
    let context: StageContext
    let model: Model
    var meter = QueryMeter()
    /// The attack's draws.
    var random: RandomStream
    /// Which repetition of a theft this is.
    var repetition = 0
    let trainings = Counter()
    /// The candidates that the attack is asked about, as indices.
    let asked: [Int]
    let candidates: Records

    init(stage: AttackStage, context: StageContext, model: Model) throws {
        (self.stage, self.context, self.model) = (stage, context, model)
        random = stage.victim.random["attack"][stage.attack.address]
        asked = try stage.victim.asked(stage.attack.asked)
        let all = stage.victim.split.candidates
        candidates = asked.count == all.count ? all : all.gather(asked)
    }

    var victim: ResolvedVictim { stage.victim }
    var attack: AttackSpec { stage.attack }
    var settings: GameSettings { stage.settings }
    /// What is public; of texts without those in which the victim's canaries were planted, which a thief would ask about.
    var publicRecords: Records {
        let population = victim.split.population
        return victim.canaries.map { population.slice($0.unused) } ?? population
    }
    /// Which of the asked candidates are members.
    var secret: [Bool] { asked.map { victim.membership[$0] } }

    func play() throws -> AttackOutcome { attack.entry.isMembership ? try membership() : try playGame() }

    private func playGame() throws -> AttackOutcome {
        switch attack.entry.kind {
        case .theft(let type): return try theft(type)
        case .lastLayer(let type): return try lastLayer(type)
        case .exact: return try exactNetwork()
        case .signals, .membership, .game: break
        }
        switch attack.attack {
        case AnswerDistillation.card.id: return try distillation()
        case GeneratorDistillation.card.id: return try secondGenerator()
        case DecoderInversion.card.id:
            return try inversion(DecoderInversion(auxiliary: settings.auxiliary, decoder: stage.decoder))
        case LatentInversion.card.id:
            return try inversion(LatentInversion(candidates: settings.candidates, steps: settings.steps))
        case CanaryExposure.card.id: return try exposure()
        case PrefixContinuation.card.id: return try continuation()
        default: throw SpecError(AttackCatalogue.unknown(attack.attack))
        }
    }

    /// The adversary's knowledge; the membership of the victim is not in it.
    func knowledge() throws -> Knowledge {
        let population = attack.entry.isTheft ? publicRecords : victim.split.population
        var knowledge = Knowledge(candidates: candidates, population: population, trainer: trainer())
        knowledge.recipe = victim.recipe
        knowledge.tokeniser = victim.split.tokeniser
        (knowledge.imageSize, knowledge.foreign) = (victim.split.imageSize, victim.split.foreign)
        guard !stage.shadowStages.isEmpty else { return knowledge }
        let pool = try ShadowPool(stage.shadowStages, signal: attack.signal, context)
        knowledge.shadows = try pool.view(asked)?.limited(attack)
        knowledge.shadowAnswers = try pool.answers(asked)
        return knowledge
    }

    /// Surrogates are cached by the content of their recipe, records and random stream, so none is trained twice.
    func trainer() -> SurrogateTrainer {
        SurrogateTrainer { [context, trainings, random] name, recipe, records, choice in
            trainings.increment()
            let key = try Key(
                of: SurrogateIdentity(
                    recipe: recipe, records: records.checksum, heldOut: choice?.heldOut.checksum,
                    stream: "\(random)/\(name)",
                    environment: RunEnvironment.current, version: Stage.Kind.attack.version))
            if let artefact = try context.store.lookup(stage: "surrogate", key: key) {
                return try Model(checkpoint: try Safetensors(decoding: try artefact.data("model.safetensors")))
            }
            let (stream, observer) = (random["surrogate"][name], TrainingObserver(progress: context.progress))
            let model =
                try choice?.train(recipe, on: records, random: stream, observer: observer)
                ?? recipe.train(on: records, random: stream, observer: observer).model
            _ = try context.store.commit(stage: "surrogate", key: key) { folder in
                let data = try model.checkpoint().encoded()
                try context.store.writeAtomically(data, to: folder.appending(path: "model.safetensors"))
            }
            return model
        }
    }

    private func run<A: Attack>(_ attack: A) throws -> A.Evidence {
        try attack.run(
            against: A.VictimAccess(to: Victim(model), meter: meter), knowing: try knowledge(), random: random)
    }

    func outcome(
        _ game: Game, membership: MembershipGrade? = nil, measures: [Measure] = [], notes: [String] = [],
        roc: Curves.Line? = nil, exhibits: [Exhibit] = []
    ) -> AttackOutcome {
        let deviations = AttackCatalogue.card(attack.attack).map { $0.deviations.isEmpty ? [] : [$0.deviations] } ?? []
        return AttackOutcome(
            game: game, signal: attack.signal?.rawValue ?? "", membership: membership, measures: measures,
            queries: meter.queries, trainings: stage.shadowStages.count + trainings.value, notes: notes + deviations,
            roc: roc, exhibits: exhibits)
    }

    private func membership() throws -> AttackOutcome {
        let player = MembershipPlayer(entry: attack.entry, settings: attack.settings, signal: attack.signal)
        let scores = try player.scores(against: model, meter: meter, knowing: try knowledge(), random: random)
        let game = MembershipGame(secret: secret)
        var notes: [String] = []
        if !stage.shadowStages.isEmpty, let shadows = victim.spec.shadows,
            shadows.model != nil || shadows.training != nil
        {
            notes.append(
                "the shadows' recipe differs from the victim's (\(shadows.count) smaller or shorter trainings)")
        }
        var grade = try game.grade(scores, delta: victim.spec.privacy?.delta ?? 1e-5)
        grade.transfers = try transfers(scores, game)
        grade.setMembership = try attack.sets.map {
            try game.setMembership(scores, setSize: $0, random: random["sets"])
        }
        var outcome = outcome(
            .membership, membership: grade, notes: notes,
            roc: try game.curve(scores, name: attack.id))
        outcome.audits = try audits(scores, game)
        return outcome
    }

    /// What the scores prove against the victim's promise, if it made one.
    private func audits(_ scores: MembershipScores, _ game: MembershipGame) throws -> [AuditStatement]? {
        guard let delta = victim.spec.privacy?.delta else { return nil }
        return try game.audits(
            scores, delta: delta, confidence: AttackStage.auditConfidence,
            coinFlips: victim.spec.split == .flips && victim.spec.memberRate == 0.5)
    }

    /// What thresholds do that were calibrated on shadows, each attacked with the others' help.
    ///
    /// Only in a pool of independent coin flips can a shadow stand for the victim.
    private func transfers(_ scores: MembershipScores, _ game: MembershipGame) throws -> [ThresholdTransfer]? {
        guard !stage.shadowStages.isEmpty, attack.entry.readsSignal, attack.asked == nil,
            victim.spec.shadows?.flips == .independent
        else { return nil }
        let pool = try ShadowPool(stage.shadowStages, signal: attack.signal, context)
        let (own, secrets) = try PoolAttack(attack: attack, victim: victim, pool: pool).scores()
        return try game.transfers(scores, from: ROC(scores: own.flatMap(\.values), isMember: secrets.flatMap(\.self)))
    }

    private func distillation() throws -> AttackOutcome {
        let surrogates = try run(AnswerDistillation(budgets: settings.budgets, student: stage.surrogate))
        let held = candidates.gather(secret.indices.filter { !secret[$0] })
        let game = ExtractionGame(victim: model, heldOut: held.slice(0..<min(held.count, 500)))
        let untrained = Model(untrained: stage.surrogate.architecture, random["untrained"])
        var (measures, line) = ([Measure](), Curves.Line(name: "", x: [], y: []))
        for surrogate in surrogates {
            for (index, measure) in try game.fidelity(
                surrogate.model, control: untrained, controlName: "untrained student"
            )
            .enumerated() {
                var measure = measure
                if index == 0 {
                    line.name = measure.name
                    line.x.append(Double(surrogate.budget))
                    line.y.append(measure.value)
                }
                measure.name += " at \(surrogate.budget) queries"
                measures.append(measure)
            }
        }
        let curve = Exhibit(
            victim: victim.spec.id, title: "Fidelity of the student against queries",
            caption:
                "Students trained on the first answers of one transfer set, compared with the victim on non-members.",
            content: .curves(Curves(xLabel: "queries", yLabel: line.name, logX: true, lines: [line])))
        return outcome(.extraction, measures: measures, exhibits: line.x.count > 1 ? [curve] : [])
    }

    private func secondGenerator() throws -> AttackOutcome {
        guard let evaluator = stage.evaluatorStage, let judge = SampleJudge(try context.model(from: evaluator)) else {
            throw SpecError("evaluator: required by \(attack.attack)")
        }
        let surrogates = try run(GeneratorDistillation(budget: settings.samples, student: stage.surrogate))
        let untrained = Model(untrained: stage.surrogate.architecture, random["untrained"])
        let real = candidates.gather(secret.indices.filter { !secret[$0] }).requiredFeatures
        let original = try model.samples(2000, random["judged"])
        let control = try untrained.samples(2000, random["judged"])
        var (measures, exhibits) = ([Measure](), [Exhibit]())
        for surrogate in surrogates {
            let copies = try surrogate.model.samples(2000, random["judged"])
            measures += [
                Measure(
                    name: "Fréchet distance to the victim's samples", value: judge.frechetDistance(copies, original),
                    control: judge.frechetDistance(control, original), controlName: "untrained generator"),
                Measure(
                    name: "Fréchet distance to real images", value: judge.frechetDistance(copies, real),
                    control: judge.frechetDistance(original, real), controlName: "the victim itself"),
                Measure(
                    name: "classes found", value: Double(judge.classesFound(copies)), unit: "of \(victim.split.classes)"
                ),
            ]
            let rows = (0..<2).map { ("second generator", copies.rows($0 * 10..<($0 + 1) * 10)) }
            exhibits.append(
                pictures("Samples of the second generator", "It saw only the victim's samples.", rows))
        }
        return outcome(.extraction, measures: measures, exhibits: exhibits)
    }

    private func inversion(_ attack: some InversionAttack) throws -> AttackOutcome {
        let evidence = try run(attack)
        let game = InversionGame(
            candidates: candidates, population: victim.split.population, secret: secret)
        let rows = game.pictures(evidence, count: 10).map { ($0.label, $0.images) }
        let picture = pictures(
            "Rebuilt images", "Candidates, what the attack rebuilt of them, and the mean of their class.", rows)
        return outcome(
            .inversion, membership: try game.membership(evidence), measures: game.grade(evidence),
            notes: ["the membership columns read the distance of the rebuilt image as a score"], exhibits: [picture])
    }

    func pictures(_ title: String, _ caption: String, _ rows: [(String, Tensor)]) -> Exhibit {
        let (width, height) = victim.split.size
        return Exhibit(
            victim: victim.spec.id, title: title, caption: caption,
            content: .images(ImageGrid(rows, width: width, height: height)))
    }

    private var memorisationGame: MemorisationGame {
        MemorisationGame(
            insertions: victim.canaries?.insertions ?? [], candidates: candidates, secret: secret)
    }

    private func exposure() throws -> AttackOutcome {
        guard let planted = victim.canaries else { throw SpecError("canaries: required by \(attack.attack)") }
        let evidence = try run(CanaryExposure(canaries: planted.canaries, alternatives: planted.alternatives))
        let levels = try memorisationGame.exposures(evidence)
        let chance = 1 / Foundation.log(2.0)
        let measures = levels.map { level in
            Measure(
                name: "exposure at \(level.insertions) insertions", value: level.exposure.value, unit: "bits",
                interval: level.exposure.interval, control: chance, controlName: "not planted, in expectation")
        }
        let ceiling = Foundation.log2(Double(planted.alternatives.count + 1))
        let line = Curves.Line(
            name: "mean exposure", x: levels.map { Double($0.insertions) }, y: levels.map(\.exposure.value),
            lower: levels.map(\.exposure.interval.lower), upper: levels.map(\.exposure.interval.upper))
        let curve = Exhibit(
            victim: victim.spec.id, title: "Exposure against insertions",
            caption: String(
                format: "Secrets that were not planted have %.2f bits in expectation; the sample resolves %.1f bits.",
                chance,
                ceiling),
            content: .curves(Curves(xLabel: "insertions", yLabel: "bits", lines: [line])))
        return outcome(.memorisation, measures: measures, exhibits: [curve])
    }

    private func continuation() throws -> AttackOutcome {
        let attack = PrefixContinuation(
            candidates: settings.candidates, prefix: settings.prefix, length: settings.length)
        return outcome(.memorisation, measures: memorisationGame.grade(try run(attack)))
    }
}

private struct SurrogateIdentity: Encodable {
    var recipe: Recipe
    var records: String
    var heldOut: String?
    var stream: String
    var environment: RunEnvironment
    var version: Int
}

/// A count that a closure may advance.
final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func increment() { count.withLock { $0 += 1 } }
}

extension Records {
    /// SHA-256 of everything that a training reads.
    var checksum: String {
        var bytes = Data()
        func append(_ tensor: Tensor?) {
            guard let tensor else { return bytes.append(0) }
            bytes.append(contentsOf: Safetensors.Array(tensor).bytes)
        }
        append(features)
        append(targets)
        for label in labels ?? [] { bytes.append(contentsOf: [UInt8](String(label).utf8) + [0]) }
        for token in tokens { bytes.append(contentsOf: [UInt8](String(token).utf8) + [0]) }
        return Checksum.of(bytes)
    }
}
