import Auditing
import Foundation
import Testing

@testable import Reporting

@Suite("Gnuplot")
struct GnuplotTests {
    @Test("draws labels as they are, with quotes, braces, backticks and line breaks")
    func labels() throws {
        let label = "it's {a_b^2} `date` <\"x\"> \\n\nend"
        let curves = Curves(xLabel: label, yLabel: "y", lines: [.init(name: label, x: [1, 2], y: [1, 2])])
        let svg = try Gnuplot().svg(curves)
        let expected = "it's {a_b^2} `date` &lt;\"x\"> \\n end"
        #expect(svg.ranges(of: expected).count >= 2)
        #expect(svg.hasSuffix("</svg>\n\n") || svg.hasSuffix("</svg>\n"))
    }

    @Test("draws a line of chance only where one is asked for, and the same bytes each time")
    func chance() throws {
        let svg = try Gnuplot().svg(Fixture.roc)
        #expect(svg.contains(">chance<"))
        #expect(try Gnuplot().svg(Fixture.roc) == svg)
        #expect(try !Gnuplot().svg(Fixture.loss).contains(">chance<"))
    }

    @Test("takes data far beyond the size of a pipe")
    func large() throws {
        let x = (0..<40_000).map { Double($0) }
        let line = Curves.Line(name: "long", x: x, y: x.map { ($0 * 7919).truncatingRemainder(dividingBy: 1013) })
        let svg = try Gnuplot().svg(Curves(xLabel: "x", yLabel: "y", lines: [line]))
        #expect(svg.utf8.count > 200_000)
    }

    @Test("reports a script that it does not understand, and its own absence")
    func failures() {
        #expect(throws: ReportingError.gnuplotMissing) { try Gnuplot(program: "no-such-gnuplot").svg(Fixture.loss) }
        #expect {
            try Gnuplot().run("plot nonsense nonsense\n")
        } throws: { error in
            guard case ReportingError.gnuplotFailed(let status, let message) = error else { return false }
            return status != 0 && message.contains("nonsense")
        }
    }
}
