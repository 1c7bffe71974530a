import Accounting
public import Auditing
import Datasets
import Foundation
import Models
import Statistics
public import Store
import Tensors
import ThreatModel

/// Findings and exhibits, put together from the artefacts of a run.
public struct RunResult: Sendable {
    /// The findings.
    public let findings: Findings
    /// What there is to look at.
    public let exhibits: [Exhibit]
}

extension Plan {
    /// Reads the artefacts of a finished run.
    ///
    /// - Throws: ``StoreError`` when one is missing.
    public func assemble(_ artefacts: [String: Artefact]) throws -> RunResult {
        func read<T: Decodable>(_ type: T.Type, _ name: String, _ stage: String) throws -> T {
            guard let artefact = artefacts[stage] else { preconditionFailure("stage \(stage) has no artefact") }
            return try JSONDecoder.exact.decode(type, from: try artefact.data(name))
        }
        var (victimFindings, rows, exhibits) = ([VictimFinding](), [Finding](), [Exhibit]())
        for victim in victims {
            let finding = try read(VictimFinding.self, "victim.json", "measure/\(victim.spec.id)")
            victimFindings.append(finding)
            exhibits += try read([Exhibit].self, "exhibits.json", "measure/\(victim.spec.id)")
            var curves: [Curves.Line] = []
            for attack in victim.spec.attacks {
                let outcome = try read(AttackOutcome.self, "outcome.json", "attack/\(victim.spec.id)/\(attack.id)")
                rows.append(
                    Finding(attack: attack, victim: finding, outcome: outcome, isControl: victim.spec.isControl))
                outcome.roc.map { curves.append($0) }
                exhibits += outcome.exhibits
            }
            for (id, stage) in victim.spec.diagnostics {
                let outcome = try read(AttackOutcome.self, "outcome.json", "\(stage)/\(victim.spec.id)")
                rows.append(Finding(id, victim: finding, outcome: outcome, isControl: victim.spec.isControl))
                outcome.roc.map { curves.append($0) }
                exhibits += outcome.exhibits
            }
            if !curves.isEmpty { exhibits.append(rocExhibit(victim.spec.id, curves)) }
        }
        exhibits += trainingSizeExhibits(victimFindings, rows)
        var findings = Findings(
            name: spec.name, seed: spec.seed, spec: specKey.hex,
            environment: [
                "BLAS core": environment.blasCore, "vectors": environment.vectors, "processor": environment.processor,
                "version": environment.version,
            ],
            datasets: data.keys.sorted().flatMap { [data[$0]?.finding, data[$0]?.foreignFinding].compactMap(\.self) },
            victims: victimFindings, rows: rows, relations: [], assumptions: assumptions)
        findings.relations =
            controlRelations(rows) + auditRelations(rows) + EpsilonGate.relations(findings)
            + spec.expect.map { $0.check(findings) }
        return RunResult(findings: findings, exhibits: exhibits)
    }

    private func rocExhibit(_ victim: String, _ curves: [Curves.Line]) -> Exhibit {
        Exhibit(
            victim: victim, title: "ROC",
            caption: "True against false positives, both axes logarithmic: what counts is the left end.",
            content: .curves(
                Curves(
                    xLabel: "false-positive rate", yLabel: "true-positive rate", logX: true, logY: true, diagonal: true,
                    lines: curves)))
    }

    /// For victims that differ from their original in the number of training records: AUC against that number.
    private func trainingSizeExhibits(_ findings: [VictimFinding], _ rows: [Finding]) -> [Exhibit] {
        let originals = victims.filter { $0.spec.base == $0.spec.id && !$0.spec.isControl }
        return originals.compactMap { original -> Exhibit? in
            let family = victims.filter {
                $0.spec.base == original.spec.id && !$0.spec.isControl && $0.spec.privacy == nil
            }
            guard Set(family.map(\.spec.memberRate)).count > 1 else { return nil }
            let lines = original.spec.attacks.filter(\.entry.isMembership).map { attack in
                let points = family.compactMap { victim -> (Double, Estimate)? in
                    let row = rows.first { $0.id == "\(victim.spec.id)/\(attack.id)" }
                    return row?.membership.map { (Double(victim.training.count), $0.auc) }
                }.sorted { $0.0 < $1.0 }
                return Curves.Line(
                    name: attack.id, x: points.map(\.0), y: points.map(\.1.value),
                    lower: points.map(\.1.interval.lower), upper: points.map(\.1.interval.upper))
            }
            return Exhibit(
                victim: original.spec.id, title: "Membership against the number of training records",
                caption: "AUC of each attack with its 95 % interval; chance is ½.",
                content: .curves(Curves(xLabel: "training records", yLabel: "AUC", logX: true, lines: lines)))
        }
    }

    private var assumptions: [String] {
        var list = [
            "Members are drawn by independent coin flips from the candidates; members and non-members have one distribution.",
            "The adversary knows the candidates and the recipe, never a membership bit of the victim.",
            "AUC intervals are DeLong's on the logit scale, rates have Clopper–Pearson intervals, both at 95 % unless a relation says otherwise.",
            "Intervals are over candidates of one trained victim; they do not hold the spread between victims of other seeds. Over leave-one-out targets they are Student's with the jackknife over targets.",
            "The ε that a ROC implies is read from these rates with Clopper–Pearson limits, corrected for the number of points; it is no audit.",
            "A rate below 10/n of n non-members is coarse; below 1/n it is not resolvable and not reported.",
            "Noise and coin flips come from a seeded generator: the run can be repeated, so its noise protects nobody.",
        ]
        let secure = spec.victims.filter { $0.privacy?.noise == .secure && !$0.isControl }.map(\.id)
        if !secure.isEmpty {
            list.append(
                "The noise and the batches of \(secure.joined(separator: ", ")) come from the operating system instead: these trainings cannot be repeated."
            )
        }
        let dated = spec.victims.filter { $0.split == .date }.map(\.id)
        if !dated.isEmpty {
            list.append(
                "Of \(dated.joined(separator: ", ")) the members are the oldest records instead: members and non-members differ without any model, and its rows say nothing of what the model gives away."
            )
        }
        let published = spec.victims.filter { $0.split == .published }.map(\.id)
        if !published.isEmpty {
            list.append(
                "Of \(published.joined(separator: ", ")) the members are the published training images and the non-members the published test images, so that accuracies compare with those of papers."
            )
        }
        if let text = data["text"] {
            list.append(
                spec.text?.record == .paragraph
                    ? "A text record is the beginning of a paragraph, each paragraph once: others of one speech can fall on both sides of the split."
                    : "A text record is a disjoint window: neighbouring windows of one speech can fall on both sides of the split."
            )
            if case .bytePairs(let tokeniser)? = text.tokeniser {
                list.append(
                    "Tokens are \(tokeniser.mergeCount) byte pairs (\(spec.text?.tokeniser?.merges ?? 0) asked for), learned from members, non-members and population alike: they tell nothing of membership, but something of the text."
                )
            }
        }
        if data.values.contains(where: \.finding.isFallback) {
            list.append(
                "Small committed data stood in for a data set that was not there; relations for the full data are unchecked."
            )
        }
        return list
    }

    /// Each control row must contain chance, at 99.9 % with Bonferroni's correction over the control rows.
    private func controlRelations(_ rows: [Finding]) -> [RelationFinding] {
        let controls = rows.filter { $0.isControl && $0.membership != nil }
        guard !controls.isEmpty else { return [] }
        let confidence = 1 - 0.001 / Double(controls.count)
        return controls.map { row in
            let interval = row.membership?.auc.interval ?? Interval(lower: 0, upper: 1, confidence: confidence)
            let value = row.membership?.auc.value ?? 0.5
            let wide = interval.widened(to: confidence, around: value)
            return RelationFinding(
                statement: "\(row.id): the untrained control is at chance", isGate: true,
                outcome: wide.contains(0.5) ? .held : .violated,
                detail: String(
                    format: "AUC %.4f, %.5f %% interval [%.4f, %.4f]", value, confidence * 100, wide.lower, wide.upper))
        }
    }
}

extension Interval {
    /// The interval of another confidence, if the estimate is normal on the logit scale, as the AUC's is taken to be.
    func widened(to other: Double, around value: Double) -> Interval {
        func logit(_ p: Double) -> Double { Foundation.log(p / (1 - p)) }
        func expit(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
        guard value > 0, value < 1, lower > 0, upper < 1 else { return Interval(lower: 0, upper: 1, confidence: other) }
        let factor = normalQuantile(0.5 + other / 2) / normalQuantile(0.5 + confidence / 2)
        return Interval(
            lower: expit(logit(value) - factor * (logit(value) - logit(lower))),
            upper: expit(logit(value) + factor * (logit(upper) - logit(value))), confidence: other)
    }
}

extension Finding {
    /// A row of no attack.
    init(_ id: String, victim: VictimFinding, outcome: AttackOutcome, isControl: Bool) {
        self.init(
            id: "\(victim.id)/\(id)", victim: victim.id, family: victim.family, defence: victim.defence,
            game: outcome.game, attack: id, signal: outcome.signal, membership: outcome.membership,
            measures: outcome.measures, queries: outcome.queries, trainings: outcome.trainings, utility: victim.utility,
            epsilon: victim.epsilon, isControl: isControl, notes: outcome.notes, audits: outcome.audits)
    }

    init(attack: AttackSpec, victim: VictimFinding, outcome: AttackOutcome, isControl: Bool) {
        self.init(
            id: "\(victim.id)/\(attack.id)", victim: victim.id, family: victim.family, defence: victim.defence,
            game: outcome.game, attack: attack.attack, signal: outcome.signal, membership: outcome.membership,
            measures: outcome.measures, queries: outcome.queries, trainings: outcome.trainings, utility: victim.utility,
            epsilon: victim.epsilon, isControl: isControl, notes: outcome.notes, audits: outcome.audits)
    }
}

extension RelationSpec {
    /// A number of the findings with the ends of its interval.
    private struct Value {
        var value: Double
        var lower: Double
        var upper: Double

        init(_ value: Double, _ interval: Interval? = nil) {
            (self.value, lower, upper) = (value, interval?.lower ?? value, interval?.upper ?? value)
        }

        /// The mean of independent numbers: half-widths add up in squares on each side.
        init(meanOf values: [Value]) {
            let count = Double(values.count)
            func halfWidth(_ distance: (Value) -> Double) -> Double {
                values.reduce(0) { $0 + distance($1) * distance($1) }.squareRoot() / count
            }
            value = values.reduce(0) { $0 + $1.value } / count
            lower = value - halfWidth { $0.value - $0.lower }
            upper = value + halfWidth { $0.upper - $0.value }
        }

        /// The median of independent numbers, between the medians of their lower and of their upper ends.
        init(medianOf values: [Value]) {
            value = median(values.map(\.value))
            (lower, upper) = (median(values.map(\.lower)), median(values.map(\.upper)))
        }

        /// The mean or the median of several numbers, a single one as it is; `nil` when one is missing.
        init?(summary: Quantity.Statistic?, of values: [Value?]) {
            let known = values.compactMap(\.self)
            guard known.count == values.count, let first = known.first else { return nil }
            guard known.count > 1 else {
                self = first
                return
            }
            self = summary == .median ? Value(medianOf: known) : Value(meanOf: known)
        }

        func scaled(_ factor: Double) -> Value {
            var scaled = self
            (scaled.value, scaled.lower, scaled.upper) = (value * factor, lower * factor, upper * factor)
            return scaled
        }

        var text: String {
            lower == upper ? String(format: "%.4g", value) : String(format: "%.4g [%.4g, %.4g]", value, lower, upper)
        }
    }

    /// Checks the relation.
    func check(_ findings: Findings) -> RelationFinding {
        func result(_ outcome: RelationFinding.Outcome, _ detail: String) -> RelationFinding {
            RelationFinding(statement: statement, isGate: gate, outcome: outcome, detail: detail)
        }
        // A gate that names what nobody measured must not pass; what the non-members can't resolve is another matter.
        func missing(_ quantity: Quantity) -> RelationFinding {
            let isResolvable = !quantity.measure.hasPrefix("tpr@")
            return result(gate && isResolvable ? .violated : .unchecked, "\(quantity.text) is not in the findings")
        }
        if fullData, findings.datasets.contains(where: \.isFallback) {
            return result(.unchecked, "claimed for the full data set only")
        }
        guard let left = Self.value(left, findings) else { return missing(self.left) }
        var (holds, isResolved, details) = (true, true, ["\(self.left.text) = \(left.text)"])
        if let atLeast {
            holds = holds && left.lower >= atLeast
            details.append("at least \(atLeast)")
        }
        if let atMost {
            holds = holds && left.upper <= atMost
            details.append("at most \(atMost)")
        }
        if let contains {
            holds = holds && (left.lower...left.upper).contains(contains)
            details.append("its interval should hold \(contains)")
        }
        if let exceeds {
            guard let right = Self.value(exceeds, findings)?.scaled(factor) else { return missing(exceeds) }
            let (isAbove, isBelow) = (left.lower > right.upper + margin, left.upper < right.lower + margin)
            // Neither this nor its opposite is shown: the experiment is too small to say, unless it failed otherwise.
            isResolved = isAbove || isBelow || !holds
            holds = holds && isAbove
            let times = factor == 1 ? "" : "\(factor) times "
            details.append("above \(times)\(exceeds.text) = \(right.text)" + (margin == 0 ? "" : " by \(margin)"))
        }
        if !holds, !isResolved { details.append("the intervals overlap, so this is not resolved") }
        return result(holds ? .held : isResolved || gate ? .violated : .unresolved, details.joined(separator: ", "))
    }

    private static func value(_ quantity: Quantity, _ findings: Findings) -> Value? {
        if let victims = quantity.victims {
            let values = victims.map { id -> Value? in
                var single = quantity
                (single.victim, single.victims) = (id, nil)
                return value(single, findings)
            }
            return Value(summary: quantity.statistic, of: values)
        }
        if let id = quantity.victim {
            guard let victim = findings.victims.first(where: { $0.id == id }) else { return nil }
            switch quantity.measure {
            case "epsilon": return victim.epsilon.map { Value($0.epsilon) }
            case "held-out": return Value(victim.utility.heldOut)
            case "training": return Value(victim.utility.training)
            case "gap": return Value(victim.utility.generalisationGap)
            default: return named(quantity.measure, victim.utility.others)
            }
        }
        let values = quantity.named.map { value(quantity.measure, ofRow: $0, findings) }
        return Value(summary: quantity.statistic, of: values)
    }

    private static func value(_ measure: String, ofRow id: String, _ findings: Findings) -> Value? {
        guard let row = findings.rows.first(where: { $0.id == id }) else { return nil }
        switch measure {
        case "auc": return row.membership.map { Value($0.auc.value, $0.auc.interval) }
        case "set-accuracy": return row.membership?.setMembership.map { Value($0.accuracy.value, $0.accuracy.interval) }
        case "accuracy":
            return row.membership?.setMembership.map { Value($0.topHalfAccuracy.value, $0.topHalfAccuracy.interval) }
        case "epsilon-lower-bound": return EpsilonGate.best(row.audits ?? []).map { Value($0.epsilon) }
        default: break
        }
        if measure.hasPrefix("tpr@"), let rate = Double(measure.dropFirst(4)) {
            let point = row.membership?.operatingPoints.first { $0.target == rate && $0.resolution != .notResolvable }
            return point.map { Value($0.truePositiveRate.value, $0.truePositiveRate.interval) }
        }
        return named(measure, row.measures)
    }

    /// A measure by its name; "control of …" is what it says of the control.
    private static func named(_ name: String, _ measures: [Measure]) -> Value? {
        let control = "control of "
        if name.hasPrefix(control) {
            return measures.first { $0.name == name.dropFirst(control.count) }?.control.map { Value($0) }
        }
        return measures.first { $0.name == name }.map { Value($0.value, $0.interval) }
    }
}
