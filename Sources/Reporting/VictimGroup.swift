import Auditing

/// A victim with its siblings: the same recipe, defended or untrained, and all that was found about them.
struct VictimGroup {
    /// The name of the plain victim.
    var name: String
    var victims: [VictimFinding]
    var rows: [Finding]
    /// Indices into the exhibits.
    var exhibits: [Int]

    /// Returns the groups in the order in which their first member appears; nothing is left out.
    ///
    /// "vae-private" is a sibling of "vae" when there is a "vae". A victim that only a row or an exhibit names has a group.
    static func all(_ findings: Findings, _ exhibits: [Exhibit]) -> [VictimGroup] {
        let names = findings.victims.map(\.id) + findings.rows.map(\.victim) + exhibits.map(\.victim)
        var bases: [String] = []
        for name in names.map({ base(of: $0, names) }) where !bases.contains(name) {
            bases.append(name)
        }
        return bases.map { base in
            func belongs(_ name: String) -> Bool { self.base(of: name, names) == base }
            return VictimGroup(
                name: base, victims: findings.victims.filter { belongs($0.id) },
                rows: findings.rows.filter { belongs($0.victim) },
                exhibits: exhibits.indices.filter { belongs(exhibits[$0].victim) })
        }
    }

    private static func base(of name: String, _ names: [String]) -> String {
        let candidates = names.filter { !$0.isEmpty && name.hasPrefix("\($0)-") }
        return candidates.min { $0.count < $1.count } ?? name
    }
}
