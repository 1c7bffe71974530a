import Accounting
import Auditing
import Foundation
import Statistics

/// Turns a group of victims into its section of the page.
struct GroupPage {
    var findings: Findings
    var exhibits: [Exhibit]
    var figures: [Figure]

    func page(_ group: VictimGroup, _ encodePNG: PNGEncoder) throws -> ReportPage.Group {
        let membership = group.rows.compactMap(membershipRow)
        let curves = group.exhibits.filter { isROC(exhibits[$0]) }
        return ReportPage.Group(
            heading: group.name, hasVictims: !group.victims.isEmpty, victims: group.victims.map(victimRow),
            exhibits: try group.exhibits.filter { !curves.contains($0) }.map { try card($0, encodePNG) },
            hasMembership: !membership.isEmpty, membership: membership,
            curves: try curves.map { try card($0, encodePNG) }, games: games(group.rows))
    }

    private func isROC(_ exhibit: Exhibit) -> Bool {
        guard case .curves(let curves) = exhibit.content else { return false }
        return curves.diagonal
    }

    private func victimRow(_ victim: VictimFinding) -> ReportPage.VictimRow {
        let utility = Phrases.utility(victim.utility)
        let others = victim.utility.others.map(sentence).joined(separator: " · ")
        let promises = victim.epsilon.map { statement in
            ReportPage.Promises(
                pairs: statement.assumptions.sorted { $0.key < $1.key }.map { .init(key: $0.key, text: $0.value) })
        }
        return .init(
            id: victim.id, family: victim.family, defence: victim.defence,
            parameters: Digits.grouped(victim.parameters), records: Digits.grouped(victim.trainingRecords),
            steps: Digits.grouped(victim.steps), metric: Phrases.metric(victim.utility), training: utility.training,
            heldOut: utility.heldOut, gap: utility.gap, others: others.isEmpty ? [] : [others],
            epsilon: Phrases.epsilon(victim.epsilon), promises: promises)
    }

    private func sentence(_ measure: Measure) -> String {
        let control = measure.control == nil ? "" : ", control \(Phrases.control(of: measure))"
        return "\(measure.name) \(Phrases.value(of: measure))\(control)"
    }

    private func membershipRow(_ row: Finding) -> ReportPage.MembershipRow? {
        guard let grade = row.membership else { return nil }
        return .init(
            victim: row.victim, attack: Phrases.ownName(of: row) ?? row.attack,
            signal: Phrases.ownName(of: row) == nil ? row.signal : Phrases.name(of: row), isControl: row.isControl,
            candidates: "\(Digits.grouped(grade.members)) / \(Digits.grouped(grade.nonMembers))",
            auc: Phrases.auc(grade.auc), whisker: Whisker.svg(grade.auc),
            rates: [0.01, 0.001].map { rateCell(grade.point(at: $0)) }, cost: cost(row),
            remarks: row.measures.map(sentence) + row.notes, further: further(grade, row.audits ?? []))
    }

    private func further(_ grade: MembershipGrade, _ audits: [AuditStatement]) -> ReportPage.Further? {
        let numbers = GradeDetails.pairs(grade) + audits.map(GradeDetails.pair)
        return numbers.isEmpty ? nil : .init(numbers: numbers)
    }

    private func rateCell(_ point: OperatingPoint?) -> ReportPage.RateCell {
        guard let point else { return .init(rate: "–", mark: nil, realised: "") }
        let realised = "realised FPR \(Digits.percent(point.falsePositiveRate))"
        switch point.resolution {
        case .fine: return .init(rate: Phrases.unmarkedRate(point), mark: nil, realised: realised)
        case .coarse: return .init(rate: Phrases.unmarkedRate(point), mark: "coarse", realised: realised)
        case .notResolvable: return .init(rate: nil, mark: "not resolvable", realised: "")
        }
    }

    private func cost(_ row: Finding) -> [String] {
        let trainings = "\(Digits.grouped(row.trainings)) training\(row.trainings == 1 ? "" : "s")"
        return ["\(Digits.grouped(row.queries)) queries"] + (row.trainings == 0 ? [] : [trainings])
    }

    private func games(_ rows: [Finding]) -> [ReportPage.GameTable] {
        let shown = rows.filter { $0.membership == nil || ($0.game != .membership && !$0.measures.isEmpty) }
        return Game.allCases.compactMap { game in
            let measured = shown.filter { $0.game == game }.flatMap(measureRows)
            let title = game == .membership ? "Membership, other measures" : game.rawValue.capitalized
            return measured.isEmpty ? nil : .init(game: title, rows: measured)
        }
    }

    private func measureRows(_ row: Finding) -> [ReportPage.MeasureRow] {
        guard !row.measures.isEmpty else {
            return [
                .init(
                    victim: row.victim, attack: Phrases.name(of: row), isControl: row.isControl, measure: "none",
                    value: "–",
                    control: "–", cost: cost(row), remarks: row.notes)
            ]
        }
        return row.measures.enumerated().map { index, measure in
            let (isFirst, isLast) = (index == 0, index == row.measures.count - 1)
            return .init(
                victim: isFirst ? row.victim : "",
                attack: isFirst ? Phrases.name(of: row) : "",
                isControl: isFirst && row.isControl, measure: measure.name, value: Phrases.value(of: measure),
                control: Phrases.control(of: measure), cost: isFirst ? cost(row) : [],
                remarks: isLast ? row.notes : [])
        }
    }

    private func card(_ index: Int, _ encodePNG: PNGEncoder) throws -> ReportPage.ExhibitCard {
        let exhibit = exhibits[index]
        var card = ReportPage.ExhibitCard(
            title: exhibit.title, victim: exhibit.victim, caption: exhibit.caption, figure: nil, strips: [],
            sample: nil)
        switch exhibit.content {
        case .curves:
            let figure = figures.first { $0.exhibit == index }
            card.figure = figure.map { InlineSVG.element($0.svg, prefix: $0.name) }
        case .images(let grid):
            card.strips = try strips(grid, encodePNG)
        case .text(let text):
            card.sample = text
        }
        return card
    }

    private func strips(_ grid: ImageGrid, _ encodePNG: PNGEncoder) throws -> [ReportPage.Strip] {
        let rows = try ImageRows(grid)
        return try rows.strips.map { strip in
            let png = try encodePNG(strip.pixels, strip.width, strip.height).base64EncodedString()
            return .init(label: strip.label, png: png, width: strip.width * rows.scale)
        }
    }
}
