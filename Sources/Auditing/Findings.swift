public import Accounting
public import Statistics

/// Everything that one experiment found: what `findings.json` holds, byte for byte the same for the same spec and seed.
public struct Findings: Codable, Sendable, Equatable {
    /// The experiment's name.
    public var name: String
    /// The seed of all its randomness.
    public var seed: UInt64
    /// SHA-256 of the resolved spec.
    public var spec: String
    /// What the bytes depend on besides the spec: BLAS core, vector flags, version.
    public var environment: [String: String]
    /// The data that were used.
    public var datasets: [DatasetFinding]
    /// One entry per trained victim, defended or not.
    public var victims: [VictimFinding]
    /// One row per attack on a victim.
    public var rows: [Finding]
    /// The relations that the spec expected.
    public var relations: [RelationFinding]
    /// What the numbers assume, one sentence each.
    public var assumptions: [String]

    /// Creates findings.
    public init(
        name: String, seed: UInt64, spec: String, environment: [String: String], datasets: [DatasetFinding],
        victims: [VictimFinding], rows: [Finding], relations: [RelationFinding], assumptions: [String]
    ) {
        self.name = name
        self.seed = seed
        self.spec = spec
        self.environment = environment
        self.datasets = datasets
        self.victims = victims
        self.rows = rows
        self.relations = relations
        self.assumptions = assumptions
    }
}

/// A data set as it was used.
public struct DatasetFinding: Codable, Sendable, Equatable {
    /// Its identifier in the registry, or the path that the user gave.
    public var id: String
    /// SHA-256 of the bytes that were read.
    public var checksum: String
    /// How many records it holds.
    public var records: Int
    /// What one record is, such as "a 28 × 28 image" or "a disjoint window of 128 characters".
    public var record: String
    /// Its licence.
    public var licence: String
    /// Whether this is the small committed stand-in for the data set that the spec names.
    public var isFallback: Bool

    /// Creates the description of a data set.
    public init(id: String, checksum: String, records: Int, record: String, licence: String, isFallback: Bool) {
        self.id = id
        self.checksum = checksum
        self.records = records
        self.record = record
        self.licence = licence
        self.isFallback = isFallback
    }
}

/// A trained victim: how well it does its job, and what its training promises.
public struct VictimFinding: Codable, Sendable, Equatable {
    /// Its name in the spec, such as "vae" or "vae-private".
    public var id: String
    /// Autoencoder, variational autoencoder, GAN, transformer.
    public var family: String
    /// The number of trained parameters.
    public var parameters: Int
    /// How many records it was trained on.
    public var trainingRecords: Int
    /// Optimiser steps.
    public var steps: Int
    /// "none" or the defence in words.
    public var defence: String
    /// How well it does its job.
    public var utility: Utility
    /// The accountant's statement, when the training is differentially private.
    public var epsilon: EpsilonStatement?

    /// Creates the description of a victim.
    public init(
        id: String, family: String, parameters: Int, trainingRecords: Int, steps: Int, defence: String,
        utility: Utility,
        epsilon: EpsilonStatement?
    ) {
        self.id = id
        self.family = family
        self.parameters = parameters
        self.trainingRecords = trainingRecords
        self.steps = steps
        self.defence = defence
        self.utility = utility
        self.epsilon = epsilon
    }
}

/// How well a model does its job, on its own training records and on records that it never saw.
public struct Utility: Codable, Sendable, Equatable {
    /// What is measured, such as "binary cross-entropy".
    public var metric: String
    /// Its unit, such as "nats per image".
    public var unit: String
    /// On the training records.
    public var training: Double
    /// On records that were not trained on.
    public var heldOut: Double
    /// Further measures of quality, such as the Fréchet distance of samples or the number of classes found.
    public var others: [Measure]

    /// Held out minus training: how much better the model does on what it was trained on, for a loss.
    public var generalisationGap: Double { heldOut - training }

    /// Creates a statement of utility.
    public init(metric: String, unit: String, training: Double, heldOut: Double, others: [Measure] = []) {
        self.metric = metric
        self.unit = unit
        self.training = training
        self.heldOut = heldOut
        self.others = others
    }
}

/// An upper bound on the privacy loss, with everything that it assumes.
public struct EpsilonStatement: Codable, Sendable, Equatable {
    /// The upper bound.
    public var epsilon: Double
    /// No accountant can prove less, when it is known.
    public var lower: Double?
    /// The best guess between the bounds, when there is one; not a guarantee.
    public var estimate: Double?
    /// The probability with which it may fail.
    public var delta: Double
    /// Every assumption as name and value: neighbouring relation, privacy unit, sampler, noise multiplier, sampling
    /// rate, steps, accountant, conversion, noise source, tuning.
    public var assumptions: [String: String]

    /// Creates a statement.
    public init(
        epsilon: Double, delta: Double, assumptions: [String: String], lower: Double? = nil, estimate: Double? = nil
    ) {
        self.epsilon = epsilon
        (self.lower, self.estimate) = (lower, estimate)
        self.delta = delta
        self.assumptions = assumptions
    }
}

/// A number that is neither a rate of an attack nor a loss of the victim, with the control beside it.
public struct Measure: Codable, Sendable, Equatable {
    /// What is measured, such as "PSNR" or "agreement".
    public var name: String
    /// Its value.
    public var value: Double
    /// Its unit, empty when it has none.
    public var unit: String
    /// Its interval, when one was computed.
    public var interval: Interval?
    /// What the same measure says of the control.
    public var control: Double?
    /// What the control is, such as "class mean" or "untrained student".
    public var controlName: String?

    /// Creates a measure.
    public init(
        name: String, value: Double, unit: String = "", interval: Interval? = nil, control: Double? = nil,
        controlName: String? = nil
    ) {
        self.name = name
        self.value = value
        self.unit = unit
        self.interval = interval
        self.control = control
        self.controlName = controlName
    }
}

/// The four games.
public enum Game: String, Codable, Sendable, CaseIterable {
    /// Was this record in the training set?
    case membership
    /// Rebuild the model from its answers.
    case extraction
    /// Rebuild data from the model.
    case inversion
    /// Does the model repeat what it was trained on?
    case memorisation
}

/// One graded attack on one victim.
public struct Finding: Codable, Sendable, Equatable {
    /// Unique in the findings, such as "vae/lira-online/elbo".
    public var id: String
    /// The victim's identifier.
    public var victim: String
    /// The victim's family.
    public var family: String
    /// The victim's defence in words, or "none".
    public var defence: String
    /// Which game was played.
    public var game: Game
    /// The attack's identifier in the catalogue.
    public var attack: String
    /// The signal that it read, such as "−ELBO"; empty when it has none.
    public var signal: String
    /// The graded membership scores; only in membership rows.
    public var membership: MembershipGrade?
    /// The other measures; empty in most membership rows.
    public var measures: [Measure]
    /// Queries to the victim.
    public var queries: Int
    /// Models that the adversary trained.
    public var trainings: Int
    /// The victim's utility, repeated so that a row stands alone.
    public var utility: Utility
    /// The victim's epsilon, when it has one.
    public var epsilon: EpsilonStatement?
    /// Whether this is a negative control, which must be at chance.
    public var isControl: Bool
    /// Deviations and remarks.
    public var notes: [String]
    /// Lower bounds on the victim's epsilon from these scores; `nil` where nothing is promised.
    public var audits: [AuditStatement]?

    /// Creates a row.
    public init(
        id: String, victim: String, family: String, defence: String, game: Game, attack: String, signal: String,
        membership: MembershipGrade?, measures: [Measure], queries: Int, trainings: Int, utility: Utility,
        epsilon: EpsilonStatement?, isControl: Bool, notes: [String], audits: [AuditStatement]? = nil
    ) {
        self.id = id
        self.victim = victim
        self.family = family
        self.defence = defence
        self.game = game
        self.attack = attack
        self.signal = signal
        self.membership = membership
        self.measures = measures
        self.queries = queries
        self.trainings = trainings
        self.utility = utility
        self.epsilon = epsilon
        self.isControl = isControl
        self.notes = notes
        self.audits = audits
    }
}

/// What became of a relation that the spec expected.
public struct RelationFinding: Codable, Sendable, Equatable {
    /// How a relation ended.
    public enum Outcome: String, Codable, Sendable {
        /// It held.
        case held
        /// It did not hold.
        case violated
        /// It could not be checked on these data.
        case unchecked
        /// The intervals overlap: the experiment is too small to say.
        case unresolved
    }
    /// The relation in words.
    public var statement: String
    /// Whether a violation makes the run fail with exit code 3.
    public var isGate: Bool
    /// How it ended.
    public var outcome: Outcome
    /// The numbers that decided it, or why it was not checked.
    public var detail: String

    /// Creates a relation's outcome.
    public init(statement: String, isGate: Bool, outcome: Outcome, detail: String) {
        self.statement = statement
        self.isGate = isGate
        self.outcome = outcome
        self.detail = detail
    }
}
