import Yams

/// Changes to a spec from the command line, such as "images.candidates=1000" or "victims.0.training.epochs=5".
enum Overrides {
    /// Returns the YAML with each `path=value` applied; the value is YAML too.
    ///
    /// - Throws: ``SpecError`` when a path leads nowhere or an assignment has no "=".
    static func apply(_ assignments: [String], to yaml: String, name: String) throws -> String {
        guard !assignments.isEmpty else { return yaml }
        guard var root = try compose(yaml, name) else {
            throw SpecError("\(name): expected a mapping, found nothing")
        }
        for assignment in assignments {
            guard let equals = assignment.firstIndex(of: "=") else {
                throw SpecError("--set \(assignment): expected path=value, found no '='")
            }
            let path = assignment[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard !path.contains("") else {
                throw SpecError("--set \(assignment): expected path=value, found an empty name in the path")
            }
            let text = String(assignment[assignment.index(after: equals)...])
            guard let value = try compose(text, "--set \(assignment)") else {
                throw SpecError("--set \(assignment): expected a value after '=', found none")
            }
            try set(value, at: path[...], in: &root, assignment)
        }
        return try Yams.serialize(node: root)
    }

    private static func compose(_ yaml: String, _ name: String) throws -> Node? {
        do {
            return try Yams.compose(yaml: yaml)
        } catch {
            throw notYAML(error, name: name)
        }
    }

    private static func set(_ value: Node, at path: ArraySlice<String>, in node: inout Node, _ assignment: String)
        throws
    {
        guard let first = path.first else {
            node = value
            return
        }
        switch node {
        case .mapping(var mapping):
            var child = mapping[Node(first)] ?? Node([(Node, Node)]())
            try set(value, at: path.dropFirst(), in: &child, assignment)
            mapping[Node(first)] = child
            node = .mapping(mapping)
        case .sequence(var sequence):
            guard let index = Int(first), sequence.indices.contains(index) else {
                throw SpecError("--set \(assignment): expected an index below \(sequence.count), found '\(first)'")
            }
            var child = sequence[index]
            try set(value, at: path.dropFirst(), in: &child, assignment)
            sequence[index] = child
            node = .sequence(sequence)
        default:
            throw SpecError("--set \(assignment): '\(first)' leads into a single value, which holds no keys")
        }
    }
}
