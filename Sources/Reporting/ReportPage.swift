/// What the template of the report reads, by the names of the properties.
///
/// Mustache looks for an absent value in the enclosing scopes, so no two nested types share the name of an optional.
struct ReportPage {
    var style: String
    var title: String
    var subtitle: String
    var tone: String
    var verdict: String
    var summary: [String]
    var datasets: [DatasetRow]
    var frontier: Frontier?
    var groups: [Group]
    var relations: [RelationRow]
    var assumptions: [String]
    var glossary: [Pair]
    var environment: [Pair]
    var timings: [Pair]
    var membershipLegend: String

    struct Frontier {
        var drawing: String
        var explanation: String
    }

    struct Pair {
        var key: String
        var text: String
    }

    struct DatasetRow {
        var id: String
        var isFallback: Bool
        var records: String
        var record: String
        var licence: String
        var checksum: String
    }

    struct Group {
        var heading: String
        var hasVictims: Bool
        var victims: [VictimRow]
        var exhibits: [ExhibitCard]
        var hasMembership: Bool
        var membership: [MembershipRow]
        var curves: [ExhibitCard]
        var games: [GameTable]
    }

    struct VictimRow {
        var id: String
        var family: String
        var defence: String
        var parameters: String
        var records: String
        var steps: String
        var metric: String
        var training: String
        var heldOut: String
        var gap: String
        var others: [String]
        var epsilon: String
        var promises: Promises?
    }

    struct Promises {
        var pairs: [Pair]
    }

    struct MembershipRow {
        var victim: String
        var attack: String
        var signal: String
        var isControl: Bool
        var candidates: String
        var auc: String
        var whisker: String
        var rates: [RateCell]
        var cost: [String]
        var remarks: [String]
        var further: Further?
    }

    struct Further {
        var numbers: [Pair]
    }

    struct RateCell {
        var rate: String?
        var mark: String?
        var realised: String
    }

    struct GameTable {
        var game: String
        var rows: [MeasureRow]
    }

    struct MeasureRow {
        var victim: String
        var attack: String
        var isControl: Bool
        var measure: String
        var value: String
        var control: String
        var cost: [String]
        var remarks: [String]
    }

    struct ExhibitCard {
        var title: String
        var victim: String
        var caption: String
        var figure: String?
        var strips: [Strip]
        var sample: String?
    }

    struct Strip {
        var label: String
        var png: String
        var width: Int
    }

    struct RelationRow {
        var outcome: String
        var tone: String
        var kind: String
        var statement: String
        var detail: String
    }
}
