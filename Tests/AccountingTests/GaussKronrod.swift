/// Adaptive Gauss–Kronrod quadrature (7 and 15 nodes), an oracle that shares nothing with the trapezoidal rule.
struct GaussKronrod {
    private static let nodes = [
        0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
        0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
        0.586087235467691130294144045693520, 0.405845151377397166906606412076961,
        0.207784955007898467600689403773245, 0,
    ]
    private static let kronrodWeights = [
        0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
        0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
        0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
        0.204432940075298892414161999234649, 0.209482141084727828012999174891714,
    ]
    private static let gaussWeights = [
        0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
        0.381830050505118944950369775488975, 0.417959183673469387755102040816327,
    ]

    /// Returns the integral, with an error of about `tolerance` times the integral per piece.
    static func integral(
        over pieces: [Double], relativeTo scale: Double, tolerance: Double = 1e-13, of f: (Double) -> Double
    ) -> Double {
        zip(pieces, pieces.dropFirst()).reduce(0) { sum, ends in
            sum + piece(ends.0, ends.1, tolerance * scale, 40, f)
        }
    }

    private static func piece(
        _ a: Double, _ b: Double, _ tolerance: Double, _ depth: Int, _ f: (Double) -> Double
    ) -> Double {
        let (middle, half) = ((a + b) / 2, (b - a) / 2)
        var (kronrod, gauss) = (0.0, 0.0)
        for (index, node) in nodes.enumerated() {
            let value = node == 0 ? f(middle) : f(middle - half * node) + f(middle + half * node)
            kronrod += kronrodWeights[index] * value
            if index % 2 == 1 { gauss += gaussWeights[index / 2] * value }
        }
        if abs(kronrod - gauss) * half <= tolerance || depth == 0 { return kronrod * half }
        return piece(a, middle, tolerance, depth - 1, f) + piece(middle, b, tolerance, depth - 1, f)
    }
}
