import CVec
import Foundation

/// The moments of each column of a large matrix over two groups of its rows.
///
/// It serves the likelihood-ratio attacks: a column is a record, a row a shadow model, the groups are the models that
/// trained on the record and those that did not.
public struct GroupedColumns: Sendable {
    /// The columns over one of the groups.
    public struct Group: Sendable {
        /// The mean of each column's rows minus the column's origin; NaN where there are none.
        public let means: [Double]
        /// The mean squared deviation of each column's rows from that mean; empty unless asked for.
        public let variances: [Double]
        /// What the columns are together.
        public let total: Total
    }

    /// All columns of a group together.
    public struct Total: Sendable, Equatable {
        /// How many elements there are.
        public internal(set) var count = 0.0
        /// Their mean.
        public internal(set) var mean = 0.0
        /// The sum of squared deviations from the columns' own means.
        public internal(set) var within = 0.0
        /// The sum over elements of squared deviations of their column's mean from the grand one.
        public internal(set) var between = 0.0
        /// The fewest rows that a column has.
        public internal(set) var fewest = Int.max
        /// The first column that has so few.
        public internal(set) var fewestColumn = 0
    }

    /// How many rows the matrix has.
    public let rows: Int
    /// The rows that are marked 1.
    public let ones: Group
    /// The rows that are marked 0.
    public let zeros: Group
}

/// What is wrong with a matrix of signals and its groups.
public enum GroupedColumnsError: Error, Equatable {
    /// A signal that is not finite, at an element.
    case notFinite(element: Int, value: Double)
    /// A group that is neither 0 nor 1, at an element.
    case group(element: Int, value: Double)
    /// Elements that are not F32 or F64, or groups that are not U8 or BOOL.
    case type(String)
}

extension Safetensors.Array {
    /// Measures each column by group, reading every byte once and copying none.
    ///
    /// - Parameters:
    ///   - groups: of the same shape [rows, columns], U8 or BOOL: 1 for the first group, 0 for the second.
    ///   - origin: one number per column, near its values: deviations from it do not cancel.
    ///   - variances: whether each column's own variances are wanted; the totals have theirs in any case.
    /// - Returns: the moments of both groups.
    /// - Throws: ``GroupedColumnsError``.
    /// - Complexity: O(rows·columns), in blocks of columns whose sums stay in the first cache.
    public func grouped(
        by groups: Safetensors.Array, origin: [Double], variances: Bool = true
    ) throws(GroupedColumnsError) -> GroupedColumns {
        guard groups.type == .uint8 || groups.type == .bool else { throw .type(groups.type.rawValue) }
        precondition(shape.count == 2 && groups.shape == shape && origin.count == shape[1], "groups \(groups.shape)")
        let found: (isSound: Bool, columns: GroupedColumns)
        switch type {
        case .float32: found = measured(Float.self, groups, origin, variances)
        case .float64: found = measured(Double.self, groups, origin, variances)
        default: throw .type(type.rawValue)
        }
        if !found.isSound { try findFault(groups) }
        return found.columns
    }

    /// The moments, and whether all elements are finite and all groups 0 or 1.
    private func measured<Element: Widened>(
        _ element: Element.Type, _ groups: Safetensors.Array, _ origin: [Double], _ hasVariances: Bool
    ) -> (isSound: Bool, columns: GroupedColumns) {
        let (rows, columns) = (shape[0], shape[1])
        let blocks = (columns + blockWidth - 1) / blockWidth
        var parts = [BlockTotals](repeating: BlockTotals(), count: blocks)
        let kept = hasVariances ? columns : 0
        var (means, otherMeans) = ([Double](uninitialised: columns), [Double](uninitialised: columns))
        var (variances, otherVariances) = ([Double](uninitialised: kept), [Double](uninitialised: kept))
        unsafe bytes.withUnsafeBytes { signals in
            unsafe groups.bytes.withUnsafeBytes { marks in
                unsafe parts.withUnsafeMutableBufferPointer { parts in
                    unsafe means.withUnsafeMutableBufferPointer { means in
                        unsafe otherMeans.withUnsafeMutableBufferPointer { otherMeans in
                            unsafe variances.withUnsafeMutableBufferPointer { variances in
                                unsafe otherVariances.withUnsafeMutableBufferPointer { otherVariances in
                                    guard let signals = signals.baseAddress, let marks = marks.baseAddress else {
                                        return
                                    }
                                    concurrently(blocks) { index in
                                        let start = index * blockWidth
                                        unsafe withUnsafeTemporaryAllocation(
                                            of: SIMD8<Double>.self, capacity: blockSpace
                                        ) {
                                            guard let space = $0.baseAddress else { return }
                                            var sums = unsafe ColumnSums(space, origin, from: start)
                                            for row in 0..<rows {
                                                let place = row * columns + start
                                                unsafe sums.add(
                                                    element, signals + place * MemoryLayout<Element>.size,
                                                    marks + place)
                                            }
                                            unsafe parts[index] = sums.finish(
                                                rows: rows, means, otherMeans, variances, otherVariances)
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        var (ones, zeros) = (GroupedColumns.Total(), GroupedColumns.Total())
        for part in parts {
            ones.merge(part.ones)
            zeros.merge(part.zeros)
        }
        return (
            parts.allSatisfy { $0.isSound },
            GroupedColumns(
                rows: rows, ones: .init(means: means, variances: variances, total: ones),
                zeros: .init(means: otherMeans, variances: otherVariances, total: zeros))
        )
    }

    private func findFault(_ groups: Safetensors.Array) throws(GroupedColumnsError) {
        let first = groups.bytes.startIndex
        if let index = groups.bytes.firstIndex(where: { $0 > 1 }) {
            throw .group(element: index - first, value: Double(groups.bytes[index]))
        }
        let values = doubles
        if let element = values.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(element: element, value: values[element])
        }
    }
}

extension GroupedColumns.Total {
    /// Takes in later columns.
    fileprivate mutating func merge(_ other: GroupedColumns.Total) {
        if other.fewest < fewest { (fewest, fewestColumn) = (other.fewest, other.fewestColumn) }
        guard other.count > 0 else { return }
        merge(count: other.count, mean: other.mean, within: other.within, between: other.between)
    }

    /// - Source: Chan, Golub and LeVeque 1983 for means and squares of parts.
    private mutating func merge(count more: Double, mean other: Double, within: Double, between: Double) {
        let all = count + more
        let distance = other - mean
        self.within += within
        self.between += between + distance * distance * (count / all * more)
        mean += distance * more / all
        count = all
    }
}

/// An element of a file that is computed on in double precision.
private protocol Widened {
    /// Eight elements, wherever they lie.
    static func widened(_ place: UnsafeRawPointer) -> SIMD8<Double>
}
extension Float: Widened {
    @inline(__always)
    fileprivate static func widened(_ place: UnsafeRawPointer) -> SIMD8<Double> {
        unsafe vec_double(place.loadUnaligned(as: SIMD8<Float>.self))
    }
}
extension Double: Widened {
    @inline(__always)
    fileprivate static func widened(_ place: UnsafeRawPointer) -> SIMD8<Double> {
        unsafe place.loadUnaligned(as: SIMD8<Double>.self)
    }
}

/// The columns of a block: six sums of each take half of a first cache.
private let blockWidth = 512
/// The vectors of space that a block needs.
private let blockSpace = 6 * blockWidth / 8

/// Where the eight bytes of a word begin.
private var byteShifts: SIMD8<UInt64> {
    @inline(__always) get { SIMD8(0, 8, 16, 24, 32, 40, 48, 56) }
}

/// What a block of columns adds up to.
private struct BlockTotals {
    var ones = GroupedColumns.Total()
    var zeros = GroupedColumns.Total()
    var isSound = true
}

/// The sums of a block of columns, eight columns to a vector, in space on the stack.
@unsafe private struct ColumnSums {
    private let start: Int
    private let count: Int
    /// The columns of the matrix.
    private let rowStride: Int
    /// Origin, number of ones, their sum and squares, the sum and squares of all: side by side for each eight columns.
    private let space: UnsafeMutablePointer<SIMD8<Double>>
    /// All groups of all rows, or-ed: eight bytes.
    private var marks: UInt64 = 0

    init(_ space: UnsafeMutablePointer<SIMD8<Double>>, _ origin: [Double], from start: Int) {
        unsafe (self.start, self.space) = (start, space)
        unsafe count = min(blockWidth, origin.count - start)
        unsafe rowStride = origin.count
        unsafe space.initialize(repeating: SIMD8(repeating: 0), count: blockSpace)
        unsafe origin.withUnsafeBytes { origin in
            guard let first = origin.baseAddress else { return }
            for vector in unsafe 0..<count / 8 {
                unsafe space[vector * 6] = (first + (start + vector * 8) * 8).loadUnaligned(as: SIMD8<Double>.self)
            }
        }
        for offset in unsafe (count / 8 * 8)..<count {
            unsafe space[offset / 8 * 6][offset % 8] = origin[start + offset]
        }
    }

    /// Adds a row; the last columns, fewer than eight, are copied first so that nothing beyond the row is read.
    @inline(__always)
    mutating func add<Element: Widened>(
        _ element: Element.Type, _ signals: UnsafeRawPointer, _ groups: UnsafeRawPointer
    ) {
        let (whole, size) = unsafe (count / 8, MemoryLayout<Element>.size)
        for vector in 0..<whole {
            // Rows lie far apart, so the processor does not guess that the next one is wanted.
            let ahead = unsafe signals + vector * 8 * size + rowStride * size
            unsafe vec_prefetch(ahead.assumingMemoryBound(to: Float.self))
            if vector % 8 == 0 {
                unsafe vec_prefetch((groups + vector * 8 + rowStride).assumingMemoryBound(to: Float.self))
            }
            let group = unsafe UInt64(littleEndian: (groups + vector * 8).loadUnaligned(as: UInt64.self))
            unsafe add(Element.widened(signals + vector * 8 * size), group, vector)
        }
        let rest = unsafe count % 8
        guard rest > 0 else { return }
        var (values, group) = (SIMD8<Double>(repeating: 0), UInt64(0))
        unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 64) { copy in
            unsafe copy.initializeMemory(as: UInt8.self, repeating: 0)
            unsafe copy.copyMemory(from: UnsafeRawBufferPointer(start: signals + whole * 8 * size, count: rest * size))
            if let start = copy.baseAddress { values = unsafe Element.widened(UnsafeRawPointer(start)) }
        }
        for lane in 0..<rest {
            let mark = unsafe groups.load(fromByteOffset: whole * 8 + lane, as: UInt8.self)
            group |= UInt64(mark) << UInt64(8 * lane)
        }
        unsafe add(values, group, whole)
    }

    @inline(__always)
    private mutating func add(_ values: SIMD8<Double>, _ group: UInt64, _ vector: Int) {
        let sums = unsafe space + vector * 6
        let deviation = unsafe values - sums[0]
        // Byte k, 0 or 1, becomes 0.0 or 1.0 in lane k: minus the byte is no bit or all bits, of which 1.0 keeps its own.
        let bytes = (SIMD8<UInt64>(repeating: group) &>> byteShifts) & SIMD8(repeating: 1)
        let weight = unsafe unsafeBitCast(
            (SIMD8<UInt64>(repeating: 0) &- bytes) & SIMD8(repeating: (1.0).bitPattern), to: SIMD8<Double>.self)
        let weighted = deviation * weight
        unsafe sums[1] += weight
        unsafe sums[2] += weighted
        unsafe sums[3].addProduct(weighted, deviation)
        unsafe sums[4] += deviation
        unsafe sums[5].addProduct(deviation, deviation)
        unsafe marks |= group
    }

    /// Writes the moments of each column, and returns what they add up to.
    func finish(
        rows: Int, _ means: UnsafeMutableBufferPointer<Double>, _ otherMeans: UnsafeMutableBufferPointer<Double>,
        _ variances: UnsafeMutableBufferPointer<Double>, _ otherVariances: UnsafeMutableBufferPointer<Double>
    ) -> BlockTotals {
        var totals = BlockTotals()
        totals.isSound = unsafe marks & 0xfefe_fefe_fefe_fefe == 0
        // Sums over columns are of deviations from the first column's origin, which is near them all.
        let reference = unsafe space[0][0]
        var (ones, zeros) = (ColumnTotals(reference), ColumnTotals(reference))
        for vector in unsafe 0..<(count + 7) / 8 {
            let (sums, column) = unsafe (space + vector * 6, start + vector * 8)
            let (origin, one) = unsafe (sums[0], sums[1])
            let (sum, square, all, allSquares) = unsafe (sums[2], sums[3], sums[4], sums[5])
            let lanes = unsafe min(8, count - vector * 8)
            let first = ones.add(one, sum, square, origin, column: column, lanes: lanes)
            let second = zeros.add(
                SIMD8(repeating: Double(rows)) - one, all - sum, allSquares - square, origin, column: column,
                lanes: lanes)
            unsafe store(first.mean, means, column, lanes)
            unsafe store(second.mean, otherMeans, column, lanes)
            if variances.count > 0 {
                unsafe store(first.variance, variances, column, lanes)
                unsafe store(second.variance, otherVariances, column, lanes)
            }
            for lane in 0..<lanes where !allSquares[lane].isFinite { totals.isSound = false }
        }
        (totals.ones, totals.zeros) = (ones.total, zeros.total)
        return totals
    }

    @inline(__always)
    private func store(
        _ values: SIMD8<Double>, _ target: UnsafeMutableBufferPointer<Double>, _ column: Int, _ lanes: Int
    ) {
        guard let base = target.baseAddress else { return }
        if lanes == 8 {
            unsafe UnsafeMutableRawPointer(base + column).storeBytes(of: values, as: SIMD8<Double>.self)
        } else {
            for lane in 0..<lanes { unsafe base[column + lane] = values[lane] }
        }
    }
}

/// Sums over the columns of a block, eight at a time.
private struct ColumnTotals {
    private let reference: Double
    private var count = SIMD8<Double>(repeating: 0)
    private var sum = SIMD8<Double>(repeating: 0)
    private var squares = SIMD8<Double>(repeating: 0)
    private var within = SIMD8<Double>(repeating: 0)
    private var fewest = Double.infinity
    private var fewestColumn = 0

    init(_ reference: Double) { self.reference = reference }

    /// Takes in eight columns, of which the first `lanes` are there, and returns their moments.
    @inline(__always)
    mutating func add(
        _ rows: SIMD8<Double>, _ sums: SIMD8<Double>, _ squares: SIMD8<Double>, _ origin: SIMD8<Double>, column: Int,
        lanes: Int
    ) -> (mean: SIMD8<Double>, variance: SIMD8<Double>) {
        let zero = SIMD8<Double>(repeating: 0)
        let mean = sums / rows
        let own = (squares - sums * mean).replacing(with: zero, where: squares .<= sums * mean)
        var present = rows
        for lane in lanes..<8 { present[lane] = 0 }
        let distance = (origin + mean - reference).replacing(with: zero, where: present .== zero)
        count += present
        sum.addProduct(present, distance)
        self.squares.addProduct(present * distance, distance)
        within += own.replacing(with: zero, where: present .== zero)
        let least = lanes == 8 ? rows.min() : (0..<lanes).reduce(Double.infinity) { min($0, rows[$1]) }
        if least < fewest {
            fewest = least
            fewestColumn = column + ((0..<lanes).first { rows[$0] == least } ?? 0)
        }
        return (mean, own / rows)
    }

    var total: GroupedColumns.Total {
        let all = count.sum()
        let shift = all > 0 ? sum.sum() / all : 0
        return GroupedColumns.Total(
            count: all, mean: reference + shift, within: within.sum(),
            between: max(0, squares.sum() - all * shift * shift),
            fewest: fewest.isFinite ? Int(fewest) : .max, fewestColumn: fewestColumn)
    }
}
