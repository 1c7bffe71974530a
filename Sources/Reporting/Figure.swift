public import Auditing

/// The drawing of one exhibit of curves.
public struct Figure: Sendable, Equatable {
    /// Which exhibit it shows, as an index.
    public var exhibit: Int
    /// Its name among the figures: lower-case letters, digits and hyphens.
    public var name: String
    /// The SVG document.
    public var svg: String

    /// Creates a figure.
    public init(exhibit: Int, name: String, svg: String) {
        self.exhibit = exhibit
        self.name = name
        self.svg = svg
    }

    /// Returns one figure per exhibit of curves, with a name of its own.
    public static func drawn(_ exhibits: [Exhibit], with gnuplot: Gnuplot = Gnuplot()) throws -> [Figure] {
        var taken: Set<String> = []
        return try exhibits.enumerated().compactMap { index, exhibit in
            guard case .curves(let curves) = exhibit.content else { return nil }
            let name = freeName(for: exhibit, taken)
            taken.insert(name)
            return Figure(exhibit: index, name: name, svg: try gnuplot.svg(curves))
        }
    }

    private static func freeName(for exhibit: Exhibit, _ taken: Set<String>) -> String {
        let base = slug("\(exhibit.victim) \(exhibit.title)")
        guard taken.contains(base) else { return base }
        var number = 2
        while taken.contains("\(base)-\(number)") {
            number += 1
        }
        return "\(base)-\(number)"
    }

    private static func slug(_ text: String) -> String {
        let words = text.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
        return words.isEmpty ? "figure" : words.joined(separator: "-")
    }
}
