/// What can go wrong between findings and files.
public enum ReportingError: Error, Equatable, CustomStringConvertible {
    /// The program gnuplot is not installed.
    case gnuplotMissing
    /// gnuplot ended with an error.
    case gnuplotFailed(status: Int32, message: String)
    /// A line whose arrays differ in length.
    case raggedLine(name: String)
    /// Curves without a single point that the axes can show.
    case nothingToPlot(xLabel: String, yLabel: String)
    /// A picture whose bytes are not width times height.
    case pictureSize(expected: Int, actual: Int)
    /// A grade with more operating points than the table has columns for.
    case operatingPoints(row: String, count: Int)

    /// The error and its remedy in one line.
    public var description: String {
        switch self {
        case .gnuplotMissing:
            "gnuplot was not found; install it (Debian: apt-get install gnuplot-nox) and write the report again"
        case .gnuplotFailed(let status, let message):
            "gnuplot ended with status \(status): \(message); run `gnuplot --version`, version 5.4 is known to work"
        case .raggedLine(let name):
            "the line '\(name)' has arrays of different lengths; give as many ordinates and error bars as abscissae"
        case .nothingToPlot(let xLabel, let yLabel):
            "no point of '\(yLabel)' over '\(xLabel)' can be drawn; a logarithmic axis needs a value above zero"
        case .pictureSize(let expected, let actual):
            "a picture has \(actual) bytes instead of \(expected); an exhibit needs width × height bytes per picture"
        case .operatingPoints(let row, let count):
            "row '\(row)' has \(count) operating points; findings.csv has columns for \(FindingsCSV.points) of them"
        }
    }
}
