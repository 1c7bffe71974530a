import Auditing
import Testing

@testable import Reporting

@Suite("Curves on paper")
struct PlottedCurvesTests {
    private func roc(_ x: [Double], _ y: [Double]) -> Curves {
        Curves(
            xLabel: "FPR", yLabel: "TPR", logX: true, logY: true, diagonal: true, lines: [.init(name: "a", x: x, y: y)])
    }

    @Test("start a ROC at the false-positive rate that can be resolved, and say so")
    func floor() throws {
        let plotted = try PlottedCurves(roc([0, 0, 0.002, 0.1, 1], [0, 0.2, 0.3, 0.6, 1]))
        #expect(plotted.lines[0].x == [0.002, 0.1, 1])
        #expect(plotted.lines[0].y == [0.3, 0.6, 1])
        #expect(plotted.x.label("FPR") == "FPR  (from 0.002)")
        #expect(plotted.y.label("TPR") == "TPR  (from 0.002)")
        #expect(plotted.y.floor == 0.002)
    }

    @Test("lift a zero to the smallest positive value of a logarithmic axis, and say so")
    func lifting() throws {
        let line = Curves.Line(name: "a", x: [1, 2, 3], y: [0, 0.5, 4])
        let plotted = try PlottedCurves(Curves(xLabel: "x", yLabel: "y", logY: true, lines: [line]))
        #expect(plotted.lines[0].y == [0.5, 0.5, 4])
        #expect(plotted.y.label("y") == "y  (0 is drawn at 0.5)")
        #expect(plotted.x.label("x") == "x")
    }

    @Test("show a perfect attack, which has nothing between zero and one")
    func perfect() throws {
        let plotted = try PlottedCurves(roc([0, 0, 1], [0, 1, 1]))
        #expect(plotted.lines[0].x == [0.001, 1])
        #expect(plotted.lines[0].y == [1, 1])
        #expect(plotted.x.label("FPR") == "FPR  (0 is drawn at 0.001)")
    }

    @Test("leave out what is not finite and what lies inside a straight run")
    func thinning() throws {
        let line = Curves.Line(name: "a", x: [0, 1, 2, 3, 4], y: [5, 5, 5, .nan, 7])
        let plotted = try PlottedCurves(Curves(xLabel: "x", yLabel: "y", lines: [line]))
        #expect(plotted.lines[0].x == [0, 2, 4])
        #expect(plotted.lines[0].y == [5, 5, 7])
    }

    @Test("refuse arrays of different lengths, and an axis without a point")
    func refusals() {
        #expect(throws: ReportingError.raggedLine(name: "a")) { try PlottedCurves(roc([0, 1], [0])) }
        #expect(throws: ReportingError.nothingToPlot(xLabel: "FPR", yLabel: "TPR")) {
            try PlottedCurves(roc([0, 0], [0.2, 0.5]))
        }
    }
}
