import Tensors

/// Vectors of one width to which others are added, and the nearest of them.
struct GrowingRows: Sendable {
    private(set) var count = 0
    private var blocks: [Tensor] = []
    private var tail: [Float] = []
    private let width: Int
    private static let block = 128

    init(width: Int) { self.width = width }

    mutating func append(_ row: [Float]) {
        tail += row
        count += 1
        if tail.count == Self.block * width {
            blocks.append(Tensor(tail, shape: [Self.block, width]))
            tail = []
        }
    }

    /// The distance to the nearest vector; `nil` when there is none.
    ///
    /// Products find the nearest, and its distance is then computed from differences, so that a near copy has a distance
    /// of its own and not the error of a product.
    ///
    /// - Complexity: O(count·width)
    func distance(to row: [Float]) -> Double? {
        let query = Tensor(row, shape: [1, width])
        var best: (square: Float, row: [Float])?
        let last = tail.isEmpty ? [] : [Tensor(tail, shape: [tail.count / max(width, 1), width])]
        for part in blocks + last {
            let minimum = query.squaredDistances(to: part).rowMinima()[0]
            if minimum.value < best?.square ?? .infinity { best = (minimum.value, part.row(minimum.column)) }
        }
        return best.map { query.rowSquaredDistances(Tensor($0.row, shape: [1, width]))[0] }
            .map { Double($0).squareRoot() }
    }
}
