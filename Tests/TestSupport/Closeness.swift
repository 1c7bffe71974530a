public import Tensors
public import Testing

/// Expects numbers to agree up to `tolerance` times the largest expected magnitude, but at least times `floor`.
public func expectClose(
    _ found: [Float], _ expected: [Double], _ what: String = "", tolerance: Double = 1e-5, floor: Double = 1e-3,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard found.count == expected.count else {
        Issue.record("\(what): \(found.count) numbers, expected \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    let scale = expected.reduce(floor) { max($0, abs($1)) }
    var (worst, place) = (0.0, 0)
    for (index, pair) in zip(found, expected).enumerated() {
        let error = abs(Double(pair.0) - pair.1)
        if error > worst || error.isNaN { (worst, place) = (error.isNaN ? .infinity : error, index) }
    }
    #expect(
        worst <= tolerance * scale,
        "\(what): element \(place) of \(found.count) is \(found.isEmpty ? 0 : found[place])",
        sourceLocation: sourceLocation)
}

/// Expects a tensor to agree with numbers; shapes are not compared.
public func expectClose(
    _ found: Tensor, _ expected: [Double], _ what: String = "", tolerance: Double = 1e-5, floor: Double = 1e-3,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(found.values, expected, what, tolerance: tolerance, floor: floor, sourceLocation: sourceLocation)
}

/// Expects two tensors of one shape to agree.
public func expectClose(
    _ found: Tensor, _ expected: Tensor, _ what: String = "", tolerance: Double = 1e-5, floor: Double = 1e-3,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
    expectClose(
        found.values, expected.doubles, what, tolerance: tolerance, floor: floor, sourceLocation: sourceLocation)
}

extension Tensor {
    /// The elements in double precision.
    public var doubles: [Double] { values.map(Double.init) }

    /// Returns Σ selfᵢ·otherᵢ, accumulated in double precision.
    public func inner(_ other: Tensor) -> Double { zip(doubles, other.doubles).reduce(0) { $0 + $1.0 * $1.1 } }
}
