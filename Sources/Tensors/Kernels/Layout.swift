/// Moving elements about: gathering, slicing, joining, transposing.
extension Tensor {
    /// Returns the given rows of the matrix [rows, columns], shape [indices.count, columns].
    public func gatherRows(_ indices: [Int]) -> Tensor {
        let result = Tensor(uninitialised: [indices.count] + (shape.count > 1 ? [columns] : []))
        let width = shape.count > 1 ? columns : 1
        let limit = shape.count > 1 ? rows : count
        inPieces(of: indices.count, grain: max(1, 65_536 / max(width, 1))) { piece in
            for position in piece {
                let index = indices[position]
                precondition(index >= 0 && index < limit, "row \(index) of \(limit)")
                unsafe (result.storage.base + position * width).update(from: pointer + index * width, count: width)
            }
        }
        return result
    }

    /// Returns rows `range` of the matrix [rows, columns], shape [range.count, columns].
    public func rows(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
        let result = Tensor(uninitialised: [range.count, columns])
        unsafe result.storage.base.update(from: pointer + range.lowerBound * columns, count: range.count * columns)
        return result
    }

    /// Returns columns `range` of the matrix [rows, columns], shape [rows, range.count].
    public func columns(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
        let result = Tensor(uninitialised: [rows, range.count])
        for row in 0..<rows {
            unsafe (result.storage.base + row * range.count).update(
                from: pointer + row * columns + range.lowerBound, count: range.count)
        }
        return result
    }

    /// Writes a matrix into columns `range` of this one.
    public mutating func setColumns(_ range: Range<Int>, _ source: Tensor) {
        precondition(source.rows == rows && source.columns == range.count, "setColumns: \(source.shape) in \(shape)")
        let (width, target) = unsafe (columns, mutablePointer())
        for row in 0..<rows {
            unsafe (target + row * width + range.lowerBound).update(
                from: source.pointer + row * range.count, count: range.count)
        }
    }

    /// Returns tensors of equal columns one below the other.
    public static func concatenatedRows(_ parts: [Tensor]) -> Tensor {
        guard let columns = parts.first?.columns else { return Tensor(uninitialised: [0, 0]) }
        precondition(parts.allSatisfy { $0.columns == columns }, "concatenatedRows: \(parts.map(\.shape))")
        let result = Tensor(uninitialised: [parts.reduce(0) { $0 + $1.rows }, columns])
        var offset = 0
        for part in parts {
            unsafe (result.storage.base + offset).update(from: part.pointer, count: part.count)
            offset += part.count
        }
        return result
    }

    /// Returns the transpose of the matrix [rows, columns].
    public func transposed() -> Tensor {
        let (height, width) = (rows, columns)
        let result = Tensor(uninitialised: [width, height])
        for row in 0..<height {
            for column in 0..<width {
                unsafe result.storage.base[column * height + row] = pointer[row * width + column]
            }
        }
        return result
    }

    /// Adds row i of `source` to row `indices[i]` of this matrix; repeated indices add up.
    public mutating func scatterAddRows(_ indices: [Int32], _ source: Tensor) {
        precondition(indices.count == source.rows && source.columns == columns, "scatterAddRows: \(source.shape)")
        let (width, height, target) = unsafe (columns, rows, mutablePointer())
        for (position, index) in indices.enumerated() {
            precondition(index >= 0 && index < height, "row \(index) of \(height)")
            unsafe addRow(source.pointer + position * width, target + Int(index) * width, width)
        }
    }
}
