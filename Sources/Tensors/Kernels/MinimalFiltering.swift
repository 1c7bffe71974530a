/// The matrices of Winograd's minimal filtering F(m, r): m outputs of a filter of r taps with m + r − 1 multiplications.
///
/// y = Aᵀ[(G·w) ⊙ (Bᵀ·x)]: both sides are evaluated as polynomials at m + r − 2 points and at infinity, multiplied point
/// by point, and interpolated (Toom and Cook). A two-dimensional filter applies them along both axes.
///
/// - Source: Winograd 1980; Lavin and Gray 2016. The points are those of least error in single precision among the small
///   ones (Barabasz et al. 2020).
struct MinimalFiltering: Sendable {
    /// A matrix whose rows lie six apart, the rest of each being zero.
    struct Matrix: Sendable, Equatable {
        static let stride = 6
        let rows: Int
        let columns: Int
        let elements: [Float]

        init(_ rows: Int, _ columns: Int, _ element: (Int, Int) -> Double) {
            (self.rows, self.columns) = (rows, columns)
            elements = (0..<rows).flatMap { i in
                (0..<Self.stride).map { j in j < columns ? Float(element(i, j)) : 0 }
            }
        }

        var transposed: Matrix { Matrix(columns, rows) { Double(elements[$1 * Self.stride + $0]) } }
    }

    /// Outputs of a tile along one axis, m.
    let outputs: Int
    /// Taps of the filter along one axis, r.
    let taps: Int
    /// Bᵀ, what is done to inputs: [points, points].
    let input: Matrix
    /// G, what is done to filters: [points, taps].
    let filter: Matrix
    /// Aᵀ, what is done to products: [outputs, points].
    let output: Matrix

    /// Points of evaluation along one axis, m + r − 1, the inputs that a tile reads.
    var points: Int { outputs + taps - 1 }

    private static let finitePoints: [Double] = [0, 1, -1, 0.5, -2]

    /// Creates the matrices for `outputs` + `taps` ≤ 7.
    init(outputs: Int, taps: Int) {
        precondition(outputs > 0 && taps > 0 && (3...7).contains(outputs + taps), "F(\(outputs), \(taps))")
        (self.outputs, self.taps) = (outputs, taps)
        let count = outputs + taps - 1
        let finite = Array(Self.finitePoints.prefix(count - 1))
        let isInfinite = { (point: Int) in point == count - 1 }
        output = Matrix(outputs, count) { i, point in
            isInfinite(point) ? (i == outputs - 1 ? 1 : 0) : power(finite[point], i)
        }
        filter = Matrix(count, taps) { point, tap in
            if isInfinite(point) { return tap == taps - 1 ? 1 : 0 }
            let others = finite.indices.filter { $0 != point }
            return power(finite[point], tap) / others.reduce(1) { $0 * (finite[point] - finite[$1]) }
        }
        input = Matrix(count, count) { point, power in
            let roots = finite.indices.filter { $0 != point }.map { finite[$0] }
            let coefficients = polynomial(roots: roots)
            return power < coefficients.count ? coefficients[power] : 0
        }
    }
}

private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
}

/// The coefficients of Π (x − root), the constant first.
private func polynomial(roots: [Double]) -> [Double] {
    roots.reduce([1]) { coefficients, root in
        let raised = [0] + coefficients
        let scaled = coefficients.map { -root * $0 } + [0]
        return zip(raised, scaled).map(+)
    }
}

extension MinimalFiltering.Matrix {
    /// Calls `store` with each element of M·X·Mᵀ, sixteen matrices X [columns, columns] at a time, one to a lane.
    ///
    /// `room` holds rows·columns vectors.
    @inline(__always)
    func sandwich(
        room: UnsafeMutablePointer<Float>, _ load: (_ row: Int, _ column: Int) -> Vector,
        _ store: (_ row: Int, _ column: Int, Vector) -> Void
    ) {
        unsafe elements.withUnsafeBufferPointer { buffer in
            guard let matrix = buffer.baseAddress else { return }
            for column in 0..<columns {
                unsafe multiply(matrix) {
                    load($0, column)
                } to: {
                    unsafe Tensors.store($1, room + 16 * ($0 * columns + column))
                }
            }
            for row in 0..<rows {
                unsafe multiply(matrix) {
                    unsafe Tensors.load(room + 16 * (row * columns + $0))
                } to: {
                    store(row, $0, $1)
                }
            }
        }
    }

    /// Calls `store` with each element of M·x.
    @inline(__always)
    private func multiply(
        _ matrix: UnsafePointer<Float>, _ load: (Int) -> Vector, to store: (Int, Vector) -> Void
    ) {
        let zero = Vector(repeating: 0)
        let (x0, x1) = (load(0), columns > 1 ? load(1) : zero)
        let (x2, x3) = (columns > 2 ? load(2) : zero, columns > 3 ? load(3) : zero)
        let (x4, x5) = (columns > 4 ? load(4) : zero, columns > 5 ? load(5) : zero)
        for row in 0..<rows {
            let m = unsafe matrix + row * Self.stride
            let even = unsafe fma(x4, splat(m[4]), fma(x2, splat(m[2]), x0 * m[0]))
            let odd = unsafe fma(x5, splat(m[5]), fma(x3, splat(m[3]), x1 * m[1]))
            store(row, even + odd)
        }
    }
}

@inline(__always)
private func splat(_ x: Float) -> Vector { Vector(repeating: x) }
