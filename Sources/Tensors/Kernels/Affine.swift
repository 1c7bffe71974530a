/// The affine map of rows with its activation, and its gradient: products and what is done to each element of them, in
/// one visit of the cache.
public enum Affine {
    /// Returns f(x·wᵀ + b), and what the derivative of f needs; `nil` when that is the output.
    ///
    /// - Shapes: x [rows, in], w [out, in], bias [out] → [rows, out].
    package static func forward(
        _ x: Tensor, _ w: Tensor, _ bias: Tensor?, _ activation: Activation, keepsInput: Bool
    ) -> (output: Tensor, input: Tensor?) {
        precondition(x.columns == w.columns, "affine: \(x.shape) by \(w.shape)")
        precondition(bias.map { $0.count == w.rows } ?? true, "affine: a bias of \(bias?.count ?? 0) for \(w.shape)")
        let (rows, width, depth) = (x.rows, w.rows, x.columns)
        guard rows > 0, depth > 0, width % 16 == 0 else {
            return unfused(x, w, bias, activation, keepsInput: keepsInput)
        }
        let input = Tensor(uninitialised: [rows, width])
        let output = keepsInput ? Tensor(uninitialised: [rows, width]) : input
        // Pointers, taken once: threads that count references to one tensor row by row wait for each other.
        let shift = unsafe bias?.pointer
        let (z, y, isActivated) = unsafe (
            input.storage.base, output.storage.base, activation != .identity || keepsInput
        )
        ProductCut(rows, width, depth).forEachPiece { rows, columns in
            let corner = rows.lowerBound * width + columns.lowerBound
            unsafe product(
                false, true, rows.count, columns.count, depth, 1, x.pointer + rows.lowerBound * depth, depth,
                w.pointer + columns.lowerBound * depth, depth, 0, z + corner, width)
            for row in 0..<rows.count {
                let start = corner + row * width
                if let shift = unsafe shift {
                    unsafe map(z + start, shift + columns.lowerBound, z + start, columns.count) { $0 + $1 }
                }
                if isActivated { unsafe activation.apply(z + start, y + start, columns.count) }
            }
        }
        return (output, keepsInput ? input : nil)
    }

    /// The same for widths that are not whole vectors: a row's last vector would run into the next row.
    private static func unfused(
        _ x: Tensor, _ w: Tensor, _ bias: Tensor?, _ activation: Activation, keepsInput: Bool
    ) -> (output: Tensor, input: Tensor?) {
        var z = matmul(x, w, transposing: .right)
        if let bias { z.addToRows(bias) }
        return keepsInput ? (activation(z), z) : (activation(consume z), nil)
    }

    /// Turns the gradient of the output into that of the affine map, dz = dy·f′, and returns the sum of its rows.
    ///
    /// - Shapes: dz and saved [rows, out] → [out]; saved is the input if the derivative needs it, else the output.
    package static func gradient(_ dz: inout Tensor, saved: Tensor?, _ activation: Activation, sumsRows: Bool)
        -> Tensor?
    {
        let width = dz.columns
        guard width % 16 == 0, sumsRows else {
            if let saved, activation != .identity { dz = activation.gradient(dz, saved: saved) }
            guard sumsRows else { return nil }
            return dz.sumOfRows()
        }
        let pieces = dz.rowPieces
        let partial = Tensor.zeros([pieces.count, width])
        let target = unsafe activation == .identity ? nil : dz.mutablePointer()
        let (source, values) = unsafe (dz.pointer, saved?.pointer)
        concurrently(pieces.count) { index in
            let sum = unsafe partial.storage.base + index * width
            for row in pieces[index] {
                let from = unsafe source + row * width
                if let target = unsafe target, let values = unsafe values {
                    let to = unsafe target + row * width
                    unsafe activation.applyDerivative(to, values + row * width, to, width)
                }
                unsafe map(from, sum, sum, width) { $0 + $1 }
            }
        }
        return partial.sumOfRows()
    }
}
