import Foundation
import Statistics

/// y = a·x^exponent, fitted by least squares to logarithms.
package struct PowerLaw: Sendable, Equatable {
    /// The exponent.
    package let exponent: Double
    /// Its standard error, from the residuals; NaN with two points.
    package let standardError: Double

    /// Fits the law.
    ///
    /// - Precondition: at least two points, all positive, with different x.
    /// - Complexity: O(n)
    package init(x: [Double], y: [Double]) {
        precondition(x.count == y.count && x.count > 1, "a power law through \(x.count) and \(y.count) points")
        precondition((x + y).allSatisfy { $0 > 0 }, "a power law through points that are not positive")
        let (u, v) = (x.map { log($0) }, y.map { log($0) })
        let (meanU, meanV) = (Moments(of: u).mean, Moments(of: v).mean)
        let spread = u.reduce(0) { $0 + ($1 - meanU) * ($1 - meanU) }
        let slope = zip(u, v).reduce(0) { $0 + ($1.0 - meanU) * ($1.1 - meanV) } / spread
        let residuals = zip(u, v).map { $1 - meanV - slope * ($0 - meanU) }
        let squares = residuals.reduce(0) { $0 + $1 * $1 }
        exponent = slope
        standardError = (squares / Double(x.count - 2) / spread).squareRoot()
    }
}
