import Auditing

/// The commands by which gnuplot draws curves.
///
/// A logarithmic axis cannot show zero: what is at or below zero is drawn at the axis' floor, the smallest positive value
/// among the points (so a ROC starts at the false-positive rate that its non-members resolve), and the label says so.
struct GnuplotScript {
    /// The text of the script.
    let text: String

    // Okabe and Ito: told apart by colour-blind readers, and in grey.
    private static let palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#333333"]
    private static let mostBars = 40
    private static let mostNamesInside = 6
    private static let mostTicks = 8

    init(_ curves: Curves) throws {
        let figure = try PlottedCurves(curves)
        let lines = figure.lines.enumerated()
        text = """
            set encoding utf8
            set terminal svg noenhanced size 560,\(Self.height(figure)) font "sans-serif,14" background "#ffffff"
            set border 3 linecolor rgb "#666666"
            set tics nomirror textcolor rgb "#333333"
            set grid linecolor rgb "#cfcfcf" linetype 1 linewidth 0.8
            set format "%g"
            set offsets 0, 0, graph 0.03, 0
            set style fill transparent solid 0.18 noborder
            \(Self.key(figure))
            \(Self.axis("x", curves.xLabel, figure.x))
            \(Self.axis("y", curves.yLabel, figure.y))
            \(lines.map { Self.data($0, $1) }.joined(separator: "\n"))
            plot \((lines.flatMap { Self.plots($0, $1) } + Self.chance(figure)).joined(separator: ", \\\n    "))

            """
    }

    private static func height(_ figure: PlottedCurves) -> Int {
        figure.diagonal && figure.lines.count <= mostNamesInside ? 440 : 400 + 22 * ((figure.lines.count + 2) / 2)
    }

    private static func key(_ figure: PlottedCurves) -> String {
        let style = "Left reverse textcolor rgb \"#222222\" samplen 2 spacing 1.15"
        guard figure.diagonal && figure.lines.count <= mostNamesInside else {
            return "set key outside top left horizontal maxcols 2 \(style)"
        }
        return "set key inside bottom right opaque width -2 \(style)"
    }

    private static func axis(_ name: String, _ label: String, _ axis: PlottedCurves.Axis) -> String {
        var commands = ["set \(name)label \(quoted(axis.label(label))) textcolor rgb \"#222222\""]
        if axis.isLogarithmic {
            commands.append("set logscale \(name)")
            let (low, high) = axis.top.map { (axis.floor, $0) } ?? (axis.floor / 1.15, axis.largest * 1.15)
            commands.append("set \(name)range [\(low):\(high)]")
            if axis.top == nil && axis.values.count <= mostTicks {
                commands.append("set \(name)tics (\(axis.values.map { "\($0)" }.joined(separator: ", ")))")
            }
        } else if let top = axis.top {
            commands.append("set \(name)range [0:\(top)]")
        }
        return commands.joined(separator: "\n")
    }

    private static func data(_ index: Int, _ line: Curves.Line) -> String {
        let hasBars = !line.lower.isEmpty
        let points = line.x.indices.map { i in
            "\(line.x[i]) \(line.y[i])" + (hasBars ? " \(line.lower[i]) \(line.upper[i])" : "")
        }
        return "$line\(index) << EOD\n\(points.joined(separator: "\n"))\nEOD"
    }

    private static func plots(_ index: Int, _ line: Curves.Line) -> [String] {
        let (block, title) = ("$line\(index) using", "title \(quoted(line.name))")
        let dashes = index / palette.count + 1
        let colour = "linecolor rgb \"\(palette[index % palette.count])\""
        let style = "\(colour) linewidth 2 dashtype \(dashes)"
        if line.x.count == 1 || (!line.lower.isEmpty && line.x.count <= mostBars) {
            let bars = line.lower.isEmpty ? "1:2 with points" : "1:2:3:4 with yerrorlines"
            return ["\(block) \(bars) \(style) pointtype 7 pointsize 0.5 \(title)"]
        }
        let band = line.lower.isEmpty ? [] : ["\(block) 1:3:4 with filledcurves \(colour) notitle"]
        return band + ["\(block) 1:2 with lines \(style) \(title)"]
    }

    private static func chance(_ figure: PlottedCurves) -> [String] {
        figure.diagonal ? ["x with lines linecolor rgb \"#888888\" linewidth 1.5 dashtype 2 title 'chance'"] : []
    }

    /// A single-quoted string of gnuplot: no escapes, no command substitution, one line.
    private static func quoted(_ text: String) -> String {
        var inner = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": inner += "''"
            case _ where scalar.properties.generalCategory == .control: inner += " "
            default: inner.unicodeScalars.append(scalar)
            }
        }
        return "'\(inner)'"
    }
}
