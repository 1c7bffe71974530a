extension Tensor {
    /// Returns the squared Euclidean distance of each row to the nearest row of another matrix.
    ///
    /// It is ‖a‖² + ‖b‖² − 2·a·b by matrix products, so a distance much smaller than the norms is rough.
    /// - Shapes: self [n, d], others [m, d] → n numbers; infinite when m is 0.
    /// - Complexity: O(n·m·d).
    public func squaredDistancesToNearest(of others: Tensor) -> [Double] {
        let (left, right) = (rowSquaredNorms(), others.rowSquaredNorms())
        let block = 1024
        var nearest = [Double](repeating: .infinity, count: rows)
        for start in stride(from: 0, to: others.rows, by: block) {
            let part = others.rows(start..<min(start + block, others.rows))
            let products = matmul(self, part, transposing: .right)
            for row in 0..<rows {
                for (offset, product) in products.row(row).enumerated() {
                    // Cancellation may leave a tiny negative number for an exact copy.
                    let distance = max(0, Double(left[row] + right[start + offset] - 2 * product))
                    nearest[row] = min(nearest[row], distance)
                }
            }
        }
        return nearest
    }
}
