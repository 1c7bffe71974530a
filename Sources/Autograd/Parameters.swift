public import Tensors

/// Named tensors in a fixed order: the parameters of a model, or gradients of the same names.
public struct Parameters: Sendable, Equatable {
    /// The names, in the order in which they were first set.
    public private(set) var names: [String] = []
    private var tensors: [String: Tensor] = [:]

    /// Creates an empty collection.
    public init() {}

    /// The tensor of a name; setting a new name appends it.
    public subscript(name: String) -> Tensor {
        get {
            guard let tensor = tensors[name] else { preconditionFailure("no parameter '\(name)' among \(names)") }
            return tensor
        }
        set {
            if tensors.updateValue(newValue, forKey: name) == nil { names.append(name) }
        }
    }

    /// Returns whether a name is set.
    public func contains(_ name: String) -> Bool { tensors[name] != nil }

    /// Lets `body` change one tensor in place, without a copy.
    package mutating func update(_ name: String, _ body: (inout Tensor) -> Void) {
        guard var tensor = tensors.removeValue(forKey: name) else { preconditionFailure("no parameter '\(name)'") }
        body(&tensor)
        tensors[name] = tensor
    }

    /// Returns the parameters whose name starts with one of the prefixes.
    public func filter(_ prefixes: [String]) -> Parameters {
        var result = Parameters()
        for name in names where prefixes.contains(where: name.hasPrefix) { result[name] = self[name] }
        return result
    }

    /// Whether a name is that of a running statistic, which no gradient trains.
    public static func isStatistic(_ name: String) -> Bool {
        name.hasSuffix(".running_mean") || name.hasSuffix(".running_var")
    }

    /// Moves running statistics towards those that a tape observed.
    package mutating func fold(_ observations: [(name: String, statistics: ChannelStatistics)]) {
        for (name, batch) in observations {
            let (mean, variance) = ("\(name).running_mean", "\(name).running_var")
            var running = ChannelStatistics(mean: self[mean], variance: self[variance])
            running.fold(batch)
            (self[mean], self[variance]) = (running.mean, running.variance)
        }
    }

    /// The number of scalars that gradients train.
    public var scalarCount: Int { names.reduce(0) { $0 + (Parameters.isStatistic($1) ? 0 : self[$1].count) } }

    /// The Euclidean norm of all tensors together.
    public var norm: Double { names.reduce(0) { $0 + self[$1].squaredNorm() }.squareRoot() }

    /// Multiplies every tensor by a number.
    public mutating func scale(by factor: Float) {
        for name in names { update(name) { $0.scale(by: factor) } }
    }
}
