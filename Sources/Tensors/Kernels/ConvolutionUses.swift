/// The uses of one convolution weight in a batch: example i's gradient is Gᵢ = Σ BᵢᵀAᵢ over the uses, where Aᵢ are the
/// patches of its images and Bᵢ the gradient at its positions.
package struct ConvolutionUses: Sendable {
    private struct Use: Sendable {
        let shape: ConvolutionShape
        let images: Tensor
        let gradient: Tensor
    }
    private var uses: [Use]
    private let examples: Int

    /// Creates the one use by `shape`; the images of an example are consecutive.
    ///
    /// - Shapes: images as `shape.imageShape`, gradient as `shape.outputShape`.
    package init(_ shape: ConvolutionShape, images: Tensor, gradient: Tensor, examples: Int) {
        precondition(examples == 0 || shape.batch % examples == 0, "\(shape.batch) images for \(examples) examples")
        precondition(images.count == shape.imageShape.reduce(1, *) && images.columns == shape.channels)
        precondition(gradient.count == shape.outputShape.reduce(1, *) && gradient.columns == shape.outputs)
        uses = [Use(shape: shape, images: images, gradient: gradient)]
        self.examples = examples
    }

    /// Adds the uses of the same weight by another operation.
    package mutating func append(_ other: ConvolutionUses) {
        precondition(other.uses[0].shape.weightShape == uses[0].shape.weightShape && other.examples == examples)
        uses += other.uses
    }

    /// The rows of positions of one example.
    private func lines(_ use: Use, _ example: Int) -> Range<Int> {
        let size = use.shape.lines / examples
        return example * size..<(example + 1) * size
    }

    /// Adds example `index`'s gradient.
    package func add(example index: Int, to gradient: inout Tensor) {
        let target = unsafe gradient.mutablePointer()
        for use in uses {
            unsafe use.shape.addWeightGradient(
                of: lines(use, index), use.gradient, use.images, target, beta: 1)
        }
    }

    /// Adds Σᵢ weightsᵢ·Gᵢ.
    package func addWeightedSum(_ weights: [Float], to gradient: inout Tensor) {
        guard examples > 0 else { return }
        for use in uses {
            let weighted = use.gradient.scaledRows(by: weights, each: use.gradient.rows / examples)
            use.shape.weightGradient(weighted, use.images, into: &gradient, beta: 1)
        }
    }

    /// ‖Gᵢ‖² of each example, with all cross terms.
    ///
    /// - Complexity: with P positions, C columns of a patch and O outputs per group, the lesser of P²(C + O) by
    ///   ⟨AAᵀ, BBᵀ⟩ (Li et al., ICLR 2022; Bu et al., NeurIPS 2022) and P·C·O by building one gradient at a time.
    package func squaredNorms() -> [Float] {
        guard examples > 0 else { return [] }
        let norms = Tensor(uninitialised: [examples])
        let (usesGram, work) = (usesGram, normProducts)
        concurrently(Pieces(ofLarge: examples, grain: (1 << 19) / work)) { piece in
            for example in piece {
                let square = usesGram ? gramSquare(example) : directSquare(example)
                // Rounding may leave a tiny negative number where the gradient vanishes.
                unsafe norms.storage.base[example] = max(0, Float(square))
            }
        }
        return norms.values
    }

    /// Multiply-adds per position, by Gram matrices or by building, of one group.
    private var perPosition: (gram: Int, built: Int) {
        let shape = uses[0].shape
        return (
            positions * (shape.groupColumns + shape.groupOutputs), shape.groupColumns * shape.groupOutputs
        )
    }
    private var usesGram: Bool {
        perPosition.gram < perPosition.built && uses.allSatisfy { $0.shape.groups == uses[0].shape.groups }
    }
    private var normProducts: Int {
        uses[0].shape.groups * positions * (usesGram ? perPosition.gram : perPosition.built)
    }
    /// To cut out a number of a patch takes about as long as so many multiply-adds.
    private static let copyingWork = 16
    private var patchWork: Int { Self.copyingWork * positions * uses[0].shape.columns }

    /// The floats of a gradient.
    package var size: Int { uses[0].shape.weightShape.reduce(1, *) }
    /// The work of one example's norm in multiply-adds, the copying of patches included.
    package var normWork: Int { examples > 0 ? normProducts + patchWork : 0 }
    /// The work of building one example's gradient, or of adding it to a sum.
    package var buildingWork: Int {
        examples > 0 ? uses[0].shape.groups * positions * perPosition.built + patchWork : 0
    }

    /// Builds Gᵢ of each example, one row each, and finds its squared norm while it is in the cache.
    ///
    /// - Shapes: rows [examples, size], norms [examples].
    package func built() -> (rows: Tensor, squaredNorms: [Float]) {
        let (rows, norms) = (Tensor(uninitialised: [examples, size]), Tensor(uninitialised: [examples]))
        let (size, grain) = (size, (1 << 19) / max(buildingWork, 1))
        concurrently(Pieces(ofLarge: examples, grain: grain)) { piece in
            for example in piece {
                unsafe build(example, rows.storage.base + example * size)
                unsafe norms.storage.base[example] = sum(rows.storage.base + example * size, size) { $0 * $0 }
            }
        }
        return (rows, norms.values)
    }

    private func build(_ example: Int, _ gradient: UnsafeMutablePointer<Float>) {
        var beta: Float = 0
        for use in uses {
            unsafe use.shape.addWeightGradient(of: lines(use, example), use.gradient, use.images, gradient, beta: beta)
            beta = 1
        }
    }

    private func directSquare(_ example: Int) -> Double {
        let count = size
        return unsafe Scratch.with(count) { gradient in
            unsafe build(example, gradient)
            return unsafe Double(sum(gradient, count) { $0 * $0 })
        }
    }

    private func gramSquare(_ example: Int) -> Double {
        let (shape, rows) = (uses[0].shape, positions)
        let (columns, outputs, squares) = (shape.columns, shape.outputs, rows * rows)
        return unsafe Scratch.with(rows * (columns + outputs) + 16 + 2 * squares) { left in
            let b = unsafe left + 2 * squares
            let a = unsafe b + rows * outputs
            unsafe collect(example, patches: a, gradients: b)
            return (0..<shape.groups).reduce(0) { square, group in
                unsafe gram(a + group * shape.groupColumns, shape.groupColumns, columns, left)
                unsafe gram(b + group * shape.groupOutputs, shape.groupOutputs, outputs, left + squares)
                return unsafe square + Double(sum(left, left + squares, squares) { $0 * $1 })
            }
        }
    }

    /// The positions of one example in all uses.
    private var positions: Int { uses.reduce(0) { $0 + lines($1, 0).count * $1.shape.positions.width } }

    /// Writes the patches of one example in all uses, and up to 15 floats beyond, and the gradients at its positions.
    private func collect(
        _ example: Int, patches: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>
    ) {
        var row = 0
        for use in uses {
            let (lines, shape) = (lines(use, example), use.shape)
            let rows = lines.count * shape.positions.width
            let first = lines.lowerBound * shape.positions.width
            unsafe shape.copyPatches(use.images, lines, to: patches + row * shape.columns)
            unsafe (gradients + row * shape.outputs).update(
                from: use.gradient.pointer + first * shape.outputs, count: rows * shape.outputs)
            row += rows
        }
    }

    /// Writes MMᵀ for a matrix of as many rows as there are positions.
    private func gram(
        _ matrix: UnsafePointer<Float>, _ width: Int, _ stride: Int, _ squares: UnsafeMutablePointer<Float>
    ) {
        let rows = positions
        unsafe product(false, true, rows, rows, width, 1, matrix, stride, matrix, stride, 0, squares, rows)
    }
}
