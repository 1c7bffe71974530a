/// A dense, row-major array of `Float` with value semantics.
///
/// Copies share their storage until one of them is written. There are no strides and no views: what a kernel reads is
/// contiguous. A tensor of shape [a, b, c] is also the matrix [a·b, c]; `rows` and `columns` speak of that matrix.
public struct Tensor: Sendable {
    var storage: Storage
    /// The extents, outermost first.
    public private(set) var shape: [Int]
    /// The number of elements.
    public private(set) var count: Int

    /// Creates a tensor whose elements are whatever the memory held; only for kernels that write all of them.
    package init(uninitialised shape: [Int]) {
        precondition(shape.allSatisfy { $0 >= 0 }, "negative extent in \(shape)")
        self.shape = shape
        count = shape.reduce(1, *)
        storage = Storage(count: count)
    }

    /// Creates a tensor from its elements in row-major order.
    public init(_ values: [Float], shape: [Int]) {
        self.init(uninitialised: shape)
        precondition(values.count == count, "\(values.count) values for shape \(shape)")
        unsafe values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe storage.base.update(from: start, count: source.count)
        }
    }

    /// Creates a tensor of numbers in [0, 1] from bytes, 255 being 1: the pixels of images.
    public init(pixels: [UInt8], shape: [Int]) {
        self.init(uninitialised: shape)
        precondition(pixels.count == count, "\(pixels.count) pixels for shape \(shape)")
        let target = unsafe storage.base
        for (index, pixel) in pixels.enumerated() { unsafe target[index] = Float(pixel) / 255 }
    }

    /// Creates a vector.
    public init(_ values: [Float]) { self.init(values, shape: [values.count]) }

    /// Creates a tensor with every element equal to `value`.
    public init(repeating value: Float, shape: [Int]) {
        self.init(uninitialised: shape)
        unsafe storage.base.update(repeating: value, count: storage.capacity)
    }

    /// Returns a tensor of zeros.
    public static func zeros(_ shape: [Int]) -> Tensor { Tensor(repeating: 0, shape: shape) }

    /// The elements in row-major order.
    public var values: [Float] {
        unsafe Array(UnsafeBufferPointer(start: storage.base, count: count))
    }

    /// The extent of the last axis; 1 for a scalar.
    public var columns: Int { shape.last ?? 1 }
    /// The product of all extents but the last.
    public var rows: Int { shape.dropLast().reduce(1, *) }

    /// The single element of a tensor that has just one.
    public var scalar: Float {
        precondition(count == 1, "a tensor of shape \(shape) is no scalar")
        return unsafe storage.base[0]
    }

    /// The element at a flat, row-major index.
    public subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count, "index \(index) in \(count) elements")
            return unsafe storage.base[index]
        }
        set {
            precondition(index >= 0 && index < count, "index \(index) in \(count) elements")
            makeUnique()
            unsafe storage.base[index] = newValue
        }
    }

    /// The elements of one row of the matrix [`rows`, `columns`].
    public func row(_ index: Int) -> [Float] {
        precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
        return unsafe Array(UnsafeBufferPointer(start: storage.base + index * columns, count: columns))
    }

    /// Returns the same elements under another shape; nothing is copied.
    public func reshaped(_ shape: [Int]) -> Tensor {
        precondition(shape.reduce(1, *) == count, "cannot reshape \(self.shape) to \(shape)")
        var result = self
        result.shape = shape
        return result
    }

    /// Gives this tensor a storage of its own, so that it may be written.
    mutating func makeUnique() {
        guard !isKnownUniquelyReferenced(&storage) else { return }
        let copy = Storage(count: count)
        unsafe copy.base.update(from: storage.base, count: count)
        storage = copy
    }

    /// The elements for reading; the pointer must not outlive the tensor.
    var pointer: UnsafePointer<Float> { unsafe UnsafePointer(storage.base) }

    /// The elements for writing, after a copy if they are shared; the pointer must not outlive the tensor.
    mutating func mutablePointer() -> UnsafeMutablePointer<Float> {
        makeUnique()
        return unsafe storage.base
    }
}

extension Tensor: Equatable {
    /// Returns whether two tensors have the same shape and the same elements.
    public static func == (left: Tensor, right: Tensor) -> Bool {
        left.shape == right.shape && left.values == right.values
    }
}
