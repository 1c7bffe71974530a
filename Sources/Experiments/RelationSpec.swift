/// A relation that the findings are expected to satisfy.
///
/// Numbers with intervals are compared by the end that makes the relation harder, so that noise does not satisfy it.
public struct RelationSpec: Codable, Sendable, Equatable {
    /// A number in the findings.
    public struct Quantity: Codable, Sendable, Equatable {
        /// The row, "victim/attack" or "victim/attack/signal"; or the victim.
        public var row: String?
        /// Several rows, of which the mean is meant unless told otherwise, as of repetitions.
        public var rows: [String]?
        /// The victim.
        public var victim: String?
        /// Several victims, of which the mean is meant unless told otherwise.
        public var victims: [String]?
        /// What is meant of several rows or victims; `nil` for the mean.
        public var statistic: Statistic?
        /// Which number: auc, tpr@0.01, epsilon, held-out, gap, or the name of a measure.
        public var measure: String

        /// One number of several.
        public enum Statistic: String, Codable, Sendable, CaseIterable {
            /// The mean; half-widths of intervals add up in squares.
            case mean
            /// The median, with the medians of the lower and of the upper ends of intervals.
            case median
        }

        enum CodingKeys: String, CodingKey, CaseIterable { case row, rows, victim, victims, statistic, measure }

        /// Decodes strictly.
        public init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, CodingKeys.self)
            row = try fields.optional(.row)
            rows = try fields.optional(.rows)
            victim = try fields.optional(.victim)
            measure = try fields.required(.measure)
            victims = try fields.optional(.victims)
            if try fields.optional(.statistic, String.self) != nil {
                statistic = try fields.choice(.statistic) as Statistic
            }
            let named = [row != nil, rows != nil, victim != nil, victims != nil]
            guard named.count(where: \.self) == 1, rows?.isEmpty != true, victims?.isEmpty != true else {
                throw fields.fail(.row, "expected either a row, or rows, or a victim, or victims")
            }
            if statistic != nil, rows == nil, victims == nil {
                throw fields.fail(.statistic, "expected several rows or victims with it, found one")
            }
        }

        var text: String {
            (rows ?? victims).map {
                "the \((statistic ?? .mean).rawValue) \(measure) of \($0.joined(separator: " and "))"
            } ?? "\(measure) of \(row ?? victim ?? "")"
        }

        /// The rows that it names.
        var named: [String] { rows ?? row.map { [$0] } ?? [] }
    }
    /// What is said, in words.
    public var statement: String
    /// Whether a violation fails the run with exit code 3.
    public var gate: Bool
    /// The number on the left.
    public var left: Quantity
    /// It must be at least this.
    public var atLeast: Double?
    /// It must be at most this.
    public var atMost: Double?
    /// Its interval must contain this.
    public var contains: Double?
    /// It must exceed this other number.
    public var exceeds: Quantity?
    /// By how much it must exceed the other number; below 0, by how much it may fall short.
    public var margin: Double
    /// By what the other number is multiplied first.
    public var factor: Double
    /// Whether it is only claimed for the full data set, not for its committed stand-in.
    public var fullData: Bool

    enum CodingKeys: String, CodingKey, CaseIterable {
        case statement, gate, left, atLeast, atMost, contains, exceeds, margin, factor, fullData
    }

    /// Decodes strictly.
    public init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, CodingKeys.self)
        statement = try fields.required(.statement)
        gate = try fields.required(.gate)
        left = try fields.required(.left)
        atLeast = try fields.optional(.atLeast)
        atMost = try fields.optional(.atMost)
        contains = try fields.optional(.contains)
        exceeds = try fields.optional(.exceeds)
        margin = try fields.number(.margin, in: -1e9...1e9, default: 0)
        factor = try fields.number(.factor, in: 1e-6...1e6, default: 1)
        fullData = try fields.optional(.fullData) ?? false
        guard atLeast != nil || atMost != nil || contains != nil || exceeds != nil else {
            throw fields.fail(.statement, "expected one of atLeast, atMost, contains and exceeds, found none")
        }
    }

    /// Checks that the rows and victims that it names exist.
    func check(_ spec: Spec) throws {
        for quantity in [left, exceeds].compactMap(\.self) {
            let victims = spec.victims.map(\.id)
            let rows = spec.victims.flatMap { victim in
                (victim.attacks.map(\.id) + victim.diagnostics.map(\.id)).map { "\(victim.id)/\($0)" }
            }
            let named =
                quantity.named.map { ("row", $0, rows) }
                + (quantity.victims ?? quantity.victim.map { [$0] } ?? []).map { ("victim", $0, victims) }
            for (kind, name, known) in named where !known.contains(name) {
                let hint =
                    nearestName(to: name, among: known).map { "did you mean '\($0)'?" }
                    ?? "expected one of \(known.joined(separator: ", "))"
                throw SpecError("expect: '\(statement)': there is no \(kind) '\(name)'; \(hint)")
            }
        }
    }
}
