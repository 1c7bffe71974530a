import Foundation

/// The moments of each column of a large matrix over two groups of its rows.
///
/// It serves the likelihood-ratio attacks: a column is a record, a row a shadow model, the groups are the models that
/// trained on the record and those that did not.
public struct GroupedColumns: Sendable {
    /// The moments of a column over one group.
    public struct Group: Sendable {
        /// How many rows are in it.
        public let count: Double
        /// Their mean minus the column's origin; NaN of an empty group.
        public let mean: Double
        /// The mean squared deviation from that mean.
        public let variance: Double
    }

    /// How many rows the matrix has.
    public let rows: Int
    private let columns: Int
    /// Count and moments of the ones, then moments of the zeros, `columns` numbers each.
    private let values: [Double]

    fileprivate init(rows: Int, columns: Int, _ values: [Double]) {
        (self.rows, self.columns, self.values) = (rows, columns, values)
    }

    /// The rows that are marked 1 in a column.
    public func ones(_ column: Int) -> Group {
        Group(count: values[column], mean: values[columns + column], variance: values[2 * columns + column])
    }

    /// The rows that are marked 0 in a column.
    public func zeros(_ column: Int) -> Group {
        Group(
            count: Double(rows) - values[column], mean: values[3 * columns + column],
            variance: values[4 * columns + column])
    }
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
    /// - Returns: the moments of each column over both groups.
    /// - Throws: ``GroupedColumnsError``.
    /// - Complexity: O(rows·columns), in blocks of columns whose sums stay in the first cache.
    public func grouped(
        by groups: Safetensors.Array, origin: [Double]
    ) throws(GroupedColumnsError) -> GroupedColumns {
        guard groups.type == .uint8 || groups.type == .bool else { throw .type(groups.type.rawValue) }
        precondition(shape.count == 2 && groups.shape == shape && origin.count == shape[1], "groups \(groups.shape)")
        let (isSound, values): (Bool, [Double])
        switch type {
        case .float32: (isSound, values) = unsafe moments(groups, origin) { unsafe widen($0, Float.self) }
        case .float64: (isSound, values) = unsafe moments(groups, origin) { unsafe widen($0, Double.self) }
        default: throw .type(type.rawValue)
        }
        if !isSound { try findFault(groups) }
        return GroupedColumns(rows: shape[0], columns: shape[1], values)
    }

    /// The moments, and whether all elements are finite and all groups 0 or 1.
    @inline(__always)
    private func moments(
        _ groups: Safetensors.Array, _ origin: [Double], load: (UnsafeRawPointer) -> SIMD8<Double>
    ) -> (Bool, [Double]) {
        let (rows, columns, size) = (shape[0], shape[1], type.size)
        let blocks = (columns + blockWidth - 1) / blockWidth
        var sound = [Bool](repeating: false, count: blocks)
        let values = unsafe [Double](unsafeUninitializedCapacity: 5 * columns) { result, count in
            count = 5 * columns
            unsafe bytes.withUnsafeBytes { signals in
                unsafe groups.bytes.withUnsafeBytes { marks in
                    unsafe sound.withUnsafeMutableBufferPointer { sound in
                        guard let signals = signals.baseAddress, let marks = marks.baseAddress else {
                            return
                        }
                        concurrently(blocks) { index in
                            let start = index * blockWidth
                            unsafe withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: blockSpace) {
                                guard let space = $0.baseAddress else { return }
                                var sums = unsafe ColumnSums(space, origin, from: start)
                                for row in 0..<rows {
                                    let place = row * columns + start
                                    unsafe sums.add(signals + place * size, stride: size, marks + place, load: load)
                                }
                                unsafe sound[index] = sums.finish(rows: rows, result, columns)
                            }
                        }
                    }
                }
            }
        }
        return (sound.allSatisfy(\.self), values)
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

/// Eight elements at a time, as numbers of double precision.
@inline(__always)
private func widen<Element: SIMDScalar & BinaryFloatingPoint>(
    _ place: UnsafeRawPointer, _ element: Element.Type
) -> SIMD8<Double> {
    unsafe SIMD8<Double>(place.loadUnaligned(as: SIMD8<Element>.self))
}

/// The columns of a block: six sums of each take half of a first cache.
private let blockWidth = 512
/// The vectors of space that a block needs.
private let blockSpace = 6 * blockWidth / 8

/// The sums of a block of columns, eight columns to a vector, in space on the stack.
@unsafe private struct ColumnSums {
    private let start: Int
    private let count: Int
    /// Origin, number of ones, their sum and squares, the sum and squares of all: side by side for each eight columns.
    private let space: UnsafeMutablePointer<SIMD8<Double>>
    private var marks = SIMD8<UInt8>(repeating: 0)

    init(_ space: UnsafeMutablePointer<SIMD8<Double>>, _ origin: [Double], from start: Int) {
        unsafe (self.start, self.space) = (start, space)
        unsafe count = min(blockWidth, origin.count - start)
        unsafe space.initialize(repeating: SIMD8(repeating: 0), count: blockSpace)
        for offset in unsafe 0..<count { unsafe space[offset / 8 * 6][offset % 8] = origin[start + offset] }
    }

    /// Adds a row; the last columns, fewer than eight, are copied first so that nothing beyond the row is read.
    @inline(__always)
    mutating func add(
        _ signals: UnsafeRawPointer, stride: Int, _ groups: UnsafeRawPointer, load: (UnsafeRawPointer) -> SIMD8<Double>
    ) {
        let whole = unsafe count / 8
        for vector in 0..<whole {
            let group = unsafe (groups + vector * 8).loadUnaligned(as: SIMD8<UInt8>.self)
            unsafe add(load(signals + vector * 8 * stride), group, vector)
        }
        let rest = unsafe count % 8
        guard rest > 0 else { return }
        var (values, group) = (SIMD8<Double>(repeating: 0), SIMD8<UInt8>(repeating: 0))
        unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 64) { copy in
            unsafe copy.initializeMemory(as: UInt8.self, repeating: 0)
            unsafe copy.copyMemory(
                from: UnsafeRawBufferPointer(start: signals + whole * 8 * stride, count: rest * stride))
            if let start = copy.baseAddress { values = unsafe load(UnsafeRawPointer(start)) }
        }
        for lane in 0..<rest { group[lane] = unsafe groups.load(fromByteOffset: whole * 8 + lane, as: UInt8.self) }
        unsafe add(values, group, whole)
    }

    @inline(__always)
    private mutating func add(_ values: SIMD8<Double>, _ group: SIMD8<UInt8>, _ vector: Int) {
        let sums = unsafe space + vector * 6
        let deviation = unsafe values - sums[0]
        let weight = SIMD8<Double>(group)
        let weighted = deviation * weight
        unsafe sums[1] += weight
        unsafe sums[2] += weighted
        unsafe sums[3].addProduct(weighted, deviation)
        unsafe sums[4] += deviation
        unsafe sums[5].addProduct(deviation, deviation)
        unsafe marks |= group
    }

    /// Writes the moments of each column; false when a sum is not finite or a group was neither 0 nor 1.
    func finish(rows: Int, _ result: UnsafeMutableBufferPointer<Double>, _ columns: Int) -> Bool {
        var isSound = unsafe marks.max() <= 1
        for offset in unsafe 0..<count {
            let (sums, lane, column) = unsafe (space + offset / 8 * 6, offset % 8, start + offset)
            let (one, sum, square) = unsafe (sums[1][lane], sums[2][lane], sums[3][lane])
            let (all, allSquares) = unsafe (sums[4][lane], sums[5][lane])
            let zero = Double(rows) - one
            let (mean, otherMean) = (sum / one, (all - sum) / zero)
            unsafe result[column] = one
            unsafe result[columns + column] = mean
            unsafe result[2 * columns + column] = max(0, square / one - mean * mean)
            unsafe result[3 * columns + column] = otherMean
            unsafe result[4 * columns + column] = max(0, (allSquares - square) / zero - otherMean * otherMean)
            isSound = isSound && allSquares.isFinite
        }
        return isSound
    }
}
