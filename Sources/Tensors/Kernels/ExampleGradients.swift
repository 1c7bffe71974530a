/// The gradients that each example has with respect to a weight, gᵢ = BᵢᵀAᵢ, from rows of A and B that belong to it.
public enum ExampleGradients {
    /// Returns ‖gᵢ‖² of each example, none of which is kept.
    ///
    /// ‖a‖²‖b‖² for one step of time; else ⟨AAᵀ, BBᵀ⟩ or by building gᵢ in the cache, whichever multiplies less.
    /// - Source: Goodfellow 2015; Li et al., ICLR 2022.
    /// - Shapes: a [examples·time, in], b [examples·time, out] → [examples].
    package static func squaredNorms(_ a: Tensor, _ b: Tensor, time: Int) -> [Float] {
        precondition(a.rows == b.rows && time > 0 && a.rows % time == 0, "squaredNorms: \(a.shape), \(b.shape)")
        if time == 1 { return (a.rowSquaredNorms() * b.rowSquaredNorms()).values }
        let isGram = time * (a.columns + b.columns) < a.columns * b.columns
        let norms = Tensor(uninitialised: [a.rows / time])
        let work = time * (isGram ? time * (a.columns + b.columns) : a.columns * b.columns)
        inPieces(of: norms.count, grain: max(1, 1 << 19 / work)) { piece in
            unsafe Scratch.with(isGram ? 2 * time * time : a.columns * b.columns) { scratch in
                for example in piece {
                    let (left, right) = unsafe (
                        a.pointer + example * time * a.columns, b.pointer + example * time * b.columns
                    )
                    let norm =
                        unsafe isGram
                        ? gram(left, a.columns, right, b.columns, time, scratch)
                        : built(left, a.columns, right, b.columns, time, scratch)
                    // Rounding may leave a tiny negative number where the gradient vanishes.
                    unsafe norms.storage.base[example] = max(0, norm)
                }
            }
        }
        return norms.values
    }

    /// Builds gᵢ of each example, one row each, and finds its squared norm while it is in the cache.
    ///
    /// - Shapes: a [examples·time, in], b [examples·time, out] → rows [examples, out·in], norms [examples].
    /// - Complexity: O(examples·time·in·out).
    package static func built(_ a: Tensor, _ b: Tensor, time: Int) -> (rows: Tensor, squaredNorms: [Float]) {
        precondition(a.rows == b.rows && time > 0 && a.rows % time == 0, "built: \(a.shape), \(b.shape)")
        let (examples, size) = (a.rows / time, a.columns * b.columns)
        let (rows, norms) = (Tensor(uninitialised: [examples, size]), Tensor(uninitialised: [examples]))
        concurrently(Pieces(ofLarge: examples, grain: max(1, 1 << 19 / max(time * size, 1)))) { piece in
            for example in piece {
                let (left, right) = unsafe (
                    a.pointer + example * time * a.columns, b.pointer + example * time * b.columns
                )
                unsafe norms.storage.base[example] = built(
                    left, a.columns, right, b.columns, time, rows.storage.base + example * size)
            }
        }
        return (rows, norms.values)
    }

    /// Returns ⟨BᵢᵀAᵢ, Eᵢ⟩ of each example, where row v of Eᵢ is the sum of those of e at its places of token v.
    ///
    /// - Shapes: a [examples·time, in], b [examples·time, out]; tokens [examples·places] in 0..<out,
    ///   e [examples·places, in] → [examples].
    /// - Complexity: O(examples·time·places·in).
    package static func innerProducts(
        _ a: Tensor, _ b: Tensor, time: Int, tokens: [Int32], _ e: Tensor, time places: Int
    ) -> [Float] {
        precondition(a.columns == e.columns && tokens.count == e.rows, "innerProducts: \(a.shape), \(e.shape)")
        precondition(a.rows * places == e.rows * time && a.rows == b.rows, "innerProducts: \(b.shape)")
        let sums = Tensor(uninitialised: [a.rows / time])
        let (width, outputs) = (a.columns, b.columns)
        concurrently(Pieces(ofLarge: sums.count, grain: max(1, 1 << 19 / max(1, time * places * width)))) { piece in
            unsafe Scratch.with(time * places) { products in
                for example in piece {
                    let left = unsafe a.pointer + example * time * width
                    let right = unsafe e.pointer + example * places * width
                    unsafe product(
                        false, true, time, places, width, 1, left, width, right, width, 0, products, places)
                    var sum: Double = 0
                    for row in 0..<time {
                        let gradient = unsafe b.pointer + (example * time + row) * outputs
                        for place in 0..<places {
                            let token = Int(tokens[example * places + place])
                            unsafe sum += Double(gradient[token] * products[row * places + place])
                        }
                    }
                    unsafe sums.storage.base[example] = Float(sum)
                }
            }
        }
        return sums.values
    }

    private static func gram(
        _ a: UnsafePointer<Float>, _ inputs: Int, _ b: UnsafePointer<Float>, _ outputs: Int, _ time: Int,
        _ scratch: UnsafeMutablePointer<Float>
    ) -> Float {
        let (left, right) = unsafe (scratch, scratch + time * time)
        unsafe product(false, true, time, time, inputs, 1, a, inputs, a, inputs, 0, left, time)
        unsafe product(false, true, time, time, outputs, 1, b, outputs, b, outputs, 0, right, time)
        return unsafe sum(left, right, time * time) { $0 * $1 }
    }

    private static func built(
        _ a: UnsafePointer<Float>, _ inputs: Int, _ b: UnsafePointer<Float>, _ outputs: Int, _ time: Int,
        _ scratch: UnsafeMutablePointer<Float>
    ) -> Float {
        unsafe product(true, false, outputs, inputs, time, 1, b, outputs, a, inputs, 0, scratch, inputs)
        return unsafe sum(scratch, outputs * inputs) { $0 * $0 }
    }
}
