import Attacks
public import Auditing
public import Datasets
public import Foundation
public import Models
import Tensors
public import ThreatModel

/// What can be wrong with a model or records that a user brought.
public struct ModelAuditError: Error, CustomStringConvertible {
    /// One line: what was expected, what was found, what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// A checkpoint with what its records need: the tokeniser and the window of a language model.
public struct SavedModel: Sendable {
    /// The model.
    public let model: Model
    /// The tokeniser of a language model.
    public let tokeniser: Tokeniser?
    /// The length of its records in tokens.
    public let window: Int
    /// The extents of the images that it was trained on, when the checkpoint says so.
    let imageSize: ImageSize?

    /// Reads a checkpoint.
    ///
    /// - Throws: ``ModelAuditError`` or `Safetensors.Invalid` of one line.
    public init(contentsOf file: URL) throws {
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw ModelAuditError("\(file.path): expected a checkpoint, found no such file")
        }
        let path = file.path
        do {
            let file = try Safetensors(decoding: data)
            model = try Model(checkpoint: file)
            tokeniser = try file.metadata["tokeniser"].map {
                try JSONDecoder().decode(Tokeniser.self, from: Data($0.utf8))
            }
            window = file.metadata["window"].flatMap { Int($0) } ?? 0
            imageSize = try file.metadata["image"].map {
                try JSONDecoder().decode(ImageSize.self, from: Data($0.utf8))
            }
        } catch let error as Safetensors.Invalid {
            throw ModelAuditError("\(path): no checkpoint: \(error.description)")
        } catch is DecodingError {
            throw ModelAuditError(
                "\(path): expected a tokeniser or an image's size in the metadata, found something else")
        }
        if case .transformer(let network) = model.architecture, let tokeniser, tokeniser.count != network.vocabulary {
            throw ModelAuditError(
                "\(path): expected a tokeniser of \(network.vocabulary) tokens, found one of \(tokeniser.count)")
        }
    }

    /// Reads records for the model: a safetensors file with `features` [n, d] or `tokens` [n, window], or a reference
    /// to a data set of images or text as in a spec.
    ///
    /// - Throws: an error of one line when they do not fit the model.
    public func records(_ reference: String, registry: () throws -> DatasetRegistry) throws -> Records {
        let records = try reference.hasSuffix(".safetensors") ? exported(reference) : loaded(reference, try registry())
        if case .transformer(let network) = model.architecture {
            let (context, vocabulary) = (network.context, network.vocabulary)
            guard records.window > 1, records.window <= context else {
                throw ModelAuditError(
                    "\(reference): expected windows of 2 to \(context) tokens, found \(records.window)")
            }
            if let token = records.tokens.first(where: { $0 < 0 || $0 >= vocabulary }) {
                throw ModelAuditError("\(reference): expected tokens from 0 to \(vocabulary - 1), found \(token)")
            }
            return records
        }
        guard let width = inputs, let features = records.features, features.columns == width else {
            throw ModelAuditError(
                "\(reference): expected records of \(inputs ?? 0) numbers, found \(records.features?.columns ?? 0)")
        }
        return records
    }

    /// The width of the model's records; `nil` for token windows.
    private var inputs: Int? {
        switch model.architecture {
        case .autoencoder(let network): network.inputs
        case .variationalAutoencoder(let network): network.inputs
        case .generativeAdversarialNetwork(let network): network.inputs
        case .classifier(let network): network.inputs
        case .decoder(let network): network.inputs
        case .transformer: nil
        }
    }

    private func exported(_ path: String) throws -> Records {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ModelAuditError("\(path): expected records, found no such file")
        }
        do {
            return try records(in: try Safetensors(decoding: data), path)
        } catch let error as Safetensors.Invalid {
            throw ModelAuditError("\(path): no records: \(error.description)")
        }
    }

    private func records(in file: Safetensors, _ path: String) throws -> Records {
        if inputs == nil {
            let tokens = try file.array("tokens")
            guard tokens.shape.count == 2, case let window = tokens.shape[1], window > 0 else {
                throw ModelAuditError("\(path): expected tokens [records, window], found \(tokens.shape)")
            }
            let values = tokens.doubles
            if let value = values.first(where: { Int32(exactly: $0) == nil }) {
                throw ModelAuditError("\(path): expected whole numbers as tokens, found \(value)")
            }
            return Records(tokens: values.map { Int32($0) }, window: window)
        }
        let features = try file.array("features")
        guard features.shape.count == 2 else {
            throw ModelAuditError("\(path): expected features [records, width], found \(features.shape)")
        }
        return Records(features: features.tensor, labels: try labels(in: file, features.shape[0], path))
    }

    private func labels(in file: Safetensors, _ count: Int, _ path: String) throws -> [Int32]? {
        guard let labels = file.arrays["labels"] else { return nil }
        let values = labels.doubles.map { Int32(exactly: $0) }
        guard labels.shape == [count], values.allSatisfy({ $0 ?? -1 >= 0 }) else {
            throw ModelAuditError("\(path): expected \(count) labels, counted from 0, found the shape \(labels.shape)")
        }
        return values.compactMap(\.self)
    }

    private func loaded(_ reference: String, _ registry: DatasetRegistry) throws -> Records {
        if inputs == nil {
            guard let tokeniser, window > 1 else {
                throw ModelAuditError("the checkpoint names no tokeniser and window; give the records as token windows")
            }
            let windows = try TextWindows(try registry.text(reference).content, length: window, by: tokeniser).windows
            return Records(tokens: windows.flatMap(\.tokens), window: window)
        }
        let images = try registry.images(reference, split: "all").content
        return Records(
            features: Tensor(pixels: images.pixels, shape: [images.count, images.size]),
            labels: images.labels)
    }
}

/// Audits a model that one already has: members and non-members are known, one attack plays, the game grades.
public struct ModelAudit: Codable, Sendable {
    /// The attack's identifier.
    public let attack: String
    /// The signal that it read.
    public let signal: String
    /// The grade.
    public let grade: MembershipGrade
    /// Queries to the model.
    public let queries: Int

    /// Plays an attack that needs no shadow models.
    ///
    /// - Parameters:
    ///   - saved: the model.
    ///   - members: records that it was trained on.
    ///   - nonMembers: records of the same distribution that it was not trained on.
    ///   - population: further such records, which the adversary knows; for attacks that need them.
    ///   - attack: an identifier of the catalogue.
    ///   - signal: what it reads; `nil` for the last of the family's signals.
    ///   - settings: the attack's own.
    ///   - seed: of all draws.
    /// - Throws: an error of one line when the attack is unknown, does not fit the model or needs shadow models.
    public init(
        of saved: SavedModel, members: Records, nonMembers: Records, population: Records? = nil, attack: String,
        signal: Signal? = nil, settings: AttackSettings = AttackSettings(), seed: UInt64 = 0
    ) throws {
        guard let entry = AttackCatalogue.entry(attack) else { throw ModelAuditError(AttackCatalogue.unknown(attack)) }
        guard entry.standsAlone else {
            throw ModelAuditError(
                "\(attack) needs shadow models or surrogates: write an experiment and use penumbra run, or export "
                    + "signals and use penumbra score")
        }
        let (family, families) = (saved.model.architecture.family, entry.card.families)
        guard families.contains(family), let usual = Signal.all(of: family).last else {
            throw ModelAuditError("\(attack) applies to \(families.joined(separator: ", ")), found a \(family)")
        }
        try entry.check(settings)
        if let signal {
            guard entry.readsSignal else {
                throw ModelAuditError("\(attack) reads no signal, found '\(signal.rawValue)'; leave it out")
            }
            let known = Signal.all(of: family)
            guard known.contains(signal) else {
                throw ModelAuditError(
                    "expected a signal of a \(family), \(known.map(\.rawValue).joined(separator: " or ")), found "
                        + "'\(signal.rawValue)'")
            }
        }
        for others in [nonMembers, population].compactMap(\.self) where others.window != members.window {
            throw ModelAuditError(
                "members and all others must be windows of one length, found \(members.window) and "
                    + "\(others.window) tokens")
        }
        let meter = QueryMeter()
        var knowledge = Knowledge(
            candidates: members.joined(nonMembers), population: population ?? nonMembers.slice(0..<0))
        (knowledge.tokeniser, knowledge.imageSize) = (saved.tokeniser, saved.imageSize)
        let player = MembershipPlayer(
            entry: entry, settings: settings, signal: entry.readsSignal ? signal ?? usual : nil)
        let scores = try player.scores(
            against: saved.model, meter: meter, knowing: knowledge, random: RandomStream(seed: seed)["audit"])
        let secret = [Bool](repeating: true, count: members.count) + [Bool](repeating: false, count: nonMembers.count)
        grade = try MembershipGame(secret: secret).grade(scores)
        (self.attack, self.signal, queries) = (attack, player.signal?.rawValue ?? "", meter.queries)
    }
}

extension Records {
    /// These records and then others of the same kind.
    func joined(_ others: Records) -> Records {
        if let features, let more = others.features {
            return Records(
                features: Tensor.concatenatedRows([features, more]),
                labels: labels.flatMap { labels in others.labels.map { labels + $0 } })
        }
        return Records(tokens: tokens + others.tokens, window: window)
    }

    /// The records as arrays for export.
    var exported: Safetensors {
        var file = Safetensors()
        if let features { file.arrays["features"] = Safetensors.Array(features) }
        if let labels { file.arrays["labels"] = Safetensors.Array(labels.map(Double.init), shape: [count]) }
        if window > 0 { file.arrays["tokens"] = Safetensors.Array(tokens.map(Double.init), shape: [count, window]) }
        return file
    }
}

extension Plan {
    /// The stage that trains a victim.
    ///
    /// - Throws: ``SpecError`` that lists the victims when there is none of that name.
    public func trainingStage(of victim: String) throws -> Stage {
        guard let stage = stages.first(where: { $0.id == "victim/\(victim)" }) else {
            let known = spec.victims.map(\.id).joined(separator: ", ")
            throw SpecError("expected one of the victims \(known), found '\(victim)'")
        }
        return stage
    }

    /// A victim's members and non-members among the candidates, as safetensors.
    ///
    /// - Throws: ``SpecError`` when there is no victim of that name.
    public func split(of victim: String) throws -> (members: Data, nonMembers: Data) {
        guard let found = victims.first(where: { $0.spec.id == victim }) else {
            _ = try trainingStage(of: victim)
            throw SpecError("'\(victim)' is no victim")
        }
        func part(_ isMember: Bool) throws -> Data {
            let indices = found.membership.indices.filter { found.membership[$0] == isMember }
            return try found.split.candidates.gather(indices).exported.encoded()
        }
        return (try part(true), try part(false))
    }

    /// The plan with only one stage and what it reads.
    public func limited(to stage: Stage) -> Plan {
        var wanted: Set<String> = [stage.id]
        for candidate in stages.reversed() where wanted.contains(candidate.id) { wanted.formUnion(candidate.inputs) }
        return Plan(self, stages: stages.filter { wanted.contains($0.id) })
    }
}
