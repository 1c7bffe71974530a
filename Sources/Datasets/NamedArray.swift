/// An array with a name and a shape, as NumPy stores it.
public struct NamedArray: Sendable, Equatable {
    /// The elements, row-major.
    public enum Values: Sendable, Equatable {
        /// Unsigned bytes, also Booleans.
        case uint8([UInt8])
        /// 32-bit integers.
        case int32([Int32])
        /// 64-bit integers.
        case int64([Int64])
        /// Single precision.
        case float([Float])
        /// Double precision.
        case double([Double])
    }

    /// The name inside its archive.
    public let name: String
    /// The size of each dimension.
    public let shape: [Int]
    /// The elements, as many as the product of the shape.
    public let values: Values

    /// The elements as doubles; 64-bit integers beyond 2^53 are rounded.
    public var doubles: [Double] {
        switch values {
        case .uint8(let values): values.map(Double.init)
        case .int32(let values): values.map(Double.init)
        case .int64(let values): values.map(Double.init)
        case .float(let values): values.map(Double.init)
        case .double(let values): values
        }
    }

    /// Whether the elements are integers.
    public var isInteger: Bool {
        switch values {
        case .uint8, .int32, .int64: true
        case .float, .double: false
        }
    }
}
