import Auditing
import Datasets
import Models
import Tensors

/// The canaries of a victim's audit, and the coins that decide which of them take part in its training.
struct AuditedRecords: Sendable {
    /// All canaries.
    let canaries: Records
    /// Their coins: the secret of the audit.
    let included: [Bool]
    /// The candidates that are left, as indices.
    let kept: [Int]

    /// Makes canaries of some candidates: of the same ones for all victims on the same data with as many canaries.
    ///
    /// - Parameters:
    ///   - audit: what is made.
    ///   - split: the data.
    ///   - root: the stream of the spec.
    ///   - coins: the stream of the victim's coins.
    /// - Throws: ``SpecError`` when there are too few candidates or they do not suit the kind.
    init(_ audit: AuditSpec, _ split: DataSplit, _ root: RandomStream, coins: RandomStream) throws {
        let (count, all) = (audit.canaries.count, split.candidates.count)
        guard count + 4 <= all else {
            throw SpecError("audit.canaries.count: expected at most \(all - 4) of \(all) candidates, found \(count)")
        }
        let random = root["audit"]
        let taken = random["candidates"].permutation(all).prefix(count).sorted()
        let isTaken = Set(taken)
        kept = (0..<all).filter { !isTaken.contains($0) }
        let crafting = CanaryCrafting(
            audit.canaries.kind, classes: split.classes, vocabulary: split.tokeniser?.count ?? 0,
            foreign: split.foreign, background: split.candidates)
        do {
            canaries = try crafting.canaries(from: split.candidates.gather(taken), random["canaries"])
        } catch {
            throw SpecError("audit.canaries: \(error)")
        }
        included = coins.coinFlips(count)
    }

    private init(_ other: AuditedRecords, included: [Bool]) {
        (canaries, kept, self.included) = (other.canaries, other.kept, included)
    }

    /// The same canaries with other coins.
    func flipped(_ coins: RandomStream) -> AuditedRecords {
        AuditedRecords(self, included: coins.coinFlips(included.count))
    }

    /// The same canaries with the coins turned over.
    var complement: AuditedRecords { AuditedRecords(self, included: included.map { !$0 }) }

    /// The training records with the canaries that take part, which stand at the end.
    func training(_ records: Records) -> Records {
        let chosen = canaries.gather(included.indices.filter { included[$0] })
        guard let features = records.features, let others = chosen.features else {
            return Records(tokens: records.tokens + chosen.tokens, window: records.window)
        }
        let labels = records.labels.flatMap { own in chosen.labels.map { own + $0 } }
        return Records(features: .concatenatedRows([features, others]), labels: labels)
    }
}

extension ResolvedVictim {
    /// The training on which the number of guesses is chosen: the same records and canaries, other coins and draws.
    func pilot() -> ResolvedVictim? {
        guard let audited, spec.audit?.hasPilot == true else { return nil }
        return ResolvedVictim(self, audited: audited.flipped(random["pilot"]["coins"]), random: random["pilot"])
    }

    /// The trainings that tell the adversary how hard each canary is: of each pair one leaves out what the other holds, so
    /// that every canary is left out by as many as there are pairs.
    func references() -> [ResolvedVictim] {
        guard let audited, let audit = spec.audit else { return [] }
        return (0..<audit.references).map { index in
            let pair = audited.flipped(random["references"]["coins"][index / 2])
            return ResolvedVictim(
                self, audited: index.isMultiple(of: 2) ? pair : pair.complement, random: random["references"][index])
        }
    }

    private init(_ other: ResolvedVictim, audited: AuditedRecords, random: RandomStream) {
        (spec, split, membership, canaries) = (other.spec, other.split, other.membership, other.canaries)
        (recipe, self.random, self.audited) = (other.recipe, random, audited)
        beginning = other.beginning
        let members = split.candidates.gather(membership.indices.filter { [membership] in membership[$0] })
        left = other.left
        training = spec.training.smoothed(audited.training(members), classes: split.classes)
    }
}
