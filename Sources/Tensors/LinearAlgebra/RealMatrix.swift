import COpenBLAS

/// A rectangular matrix in double precision: what is solved or decomposed, where a tensor's digits do not suffice.
public struct RealMatrix: Sendable, Equatable {
    /// The number of rows.
    public let rows: Int
    /// The number of columns.
    public let columns: Int
    /// The elements, row-major.
    public private(set) var elements: [Double]

    /// Creates a matrix from its elements, row by row.
    public init(_ elements: [Double], rows: Int, columns: Int) {
        precondition(
            rows >= 0 && columns >= 0 && elements.count == rows * columns,
            "\(elements.count) elements for \(rows) rows of \(columns)")
        (self.elements, self.rows, self.columns) = (elements, rows, columns)
    }

    /// Creates a matrix from a function of row and column.
    public init(rows: Int, columns: Int, _ element: (_ row: Int, _ column: Int) -> Double) {
        let elements = (0..<rows).flatMap { row in (0..<columns).map { element(row, $0) } }
        self.init(elements, rows: rows, columns: columns)
    }

    /// Creates a matrix of a tensor's rows.
    ///
    /// - Shapes: tensor [rows, columns].
    public init(_ tensor: Tensor) {
        self.init(tensor.values.map(Double.init), rows: tensor.rows, columns: tensor.columns)
    }

    /// The element in a row and a column.
    public subscript(row: Int, column: Int) -> Double {
        get { elements[row * columns + column] }
        set { elements[row * columns + column] = newValue }
    }

    /// Returns the elements of a row.
    public func row(_ index: Int) -> [Double] { Array(elements[index * columns..<(index + 1) * columns]) }

    /// Rows and columns in exchange.
    public var transposed: RealMatrix { RealMatrix(rows: columns, columns: rows) { self[$1, $0] } }

    /// The square root of the sum of all squares.
    public var norm: Double { elements.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    /// Whether no element is infinite or not a number.
    public var isFinite: Bool { elements.allSatisfy(\.isFinite) }

    /// Returns the matrix with another's columns to its right.
    ///
    /// - Precondition: both have as many rows.
    public func joined(_ other: RealMatrix) -> RealMatrix {
        precondition(rows == other.rows, "\(rows) and \(other.rows) rows")
        return RealMatrix((0..<rows).flatMap { row($0) + other.row($0) }, rows: rows, columns: columns + other.columns)
    }

    /// Returns the rows of some numbers, in their order.
    public func gatherRows(_ indices: [Int]) -> RealMatrix {
        RealMatrix(indices.flatMap { row($0) }, rows: indices.count, columns: columns)
    }

    /// Returns the product, by BLAS' `dgemm` on one thread.
    ///
    /// - Precondition: the left one has as many columns as the right one rows.
    /// - Complexity: O(rows·columns·other.columns).
    public static func * (left: RealMatrix, right: RealMatrix) -> RealMatrix {
        precondition(left.columns == right.rows, "\(left.rows)×\(left.columns) times \(right.rows)×\(right.columns)")
        return product(left, right, columns: right.columns, CblasNoTrans)
    }

    /// Returns the product with the transpose of another matrix, which is not written down.
    ///
    /// - Precondition: both have as many columns.
    /// - Complexity: O(rows·columns·other.rows).
    public func timesTransposed(_ other: RealMatrix) -> RealMatrix {
        precondition(columns == other.columns, "\(rows)×\(columns) times the transposed \(other.rows)×\(other.columns)")
        return Self.product(self, other, columns: other.rows, CblasTrans)
    }

    private static func product(
        _ left: RealMatrix, _ right: RealMatrix, columns n: Int, _ transposition: CBLAS_TRANSPOSE
    ) -> RealMatrix {
        let (m, k) = (left.rows, left.columns)
        var product = [Double](repeating: 0, count: m * n)
        guard m > 0, n > 0, k > 0 else { return RealMatrix(product, rows: m, columns: n) }
        BLAS.ready
        unsafe cblas_dgemm(
            CblasRowMajor, CblasNoTrans, transposition, Int32(m), Int32(n), Int32(k), 1, left.elements, Int32(k),
            right.elements, Int32(right.columns), 0, &product, Int32(n))
        return RealMatrix(product, rows: m, columns: n)
    }

    /// Returns the difference of matrices of one size.
    public static func - (left: RealMatrix, right: RealMatrix) -> RealMatrix {
        precondition(
            left.rows == right.rows && left.columns == right.columns,
            "\(left.rows)×\(left.columns) less \(right.rows)×\(right.columns)")
        return RealMatrix(zip(left.elements, right.elements).map { $0 - $1 }, rows: left.rows, columns: left.columns)
    }
}

/// Why a matrix cannot be decomposed.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
    /// An element is infinite or not a number.
    case notFinite
    /// LAPACK's routine gave up.
    case notConverged(routine: String)

    /// One line: what was expected, what was found, what to do.
    public var description: String {
        switch self {
        case .notFinite: "expected a matrix of finite numbers, found infinite ones or none; look at where it came from"
        case .notConverged(let routine): "expected \(routine) to converge, and it did not; scale the matrix"
        }
    }
}
