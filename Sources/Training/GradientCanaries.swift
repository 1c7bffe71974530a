import Autograd
import Mechanisms
public import Models
public import Tensors

/// Canaries that are gradients: each a unit vector along a coordinate of its own, which an adversary who can choose a
/// record's gradient would choose.
///
/// In every step each included canary is sampled like a record, at the same rate, and enters the clipped sum with the
/// largest norm that a record may have. What the step releases is then read along every canary's coordinate, included
/// or not, and added up over the steps: for an included canary the sum is larger by rate · steps · norm in expectation,
/// and both have the noise of all steps. Distinct coordinates are orthogonal, so the canaries do not touch each other.
/// - Source: Nasr et al., S&P 2021 and USENIX Security 2023; one coordinate each as in Steinke, Nasr and Jagielski,
///   NeurIPS 2023.
public struct GradientCanaries: Sendable, Equatable {
    /// An element of a parameter.
    struct Coordinate: Sendable, Equatable {
        var name: String
        var element: Int
    }

    /// Which canaries take part in the training: the secret of the audit.
    public let included: [Bool]
    let coordinates: [Coordinate]
    /// For each canary the sum, over the steps so far, of what was released along its coordinate.
    public internal(set) var alignments: [Double]

    /// Draws a coordinate for each canary among those that the network's first phase on data trains.
    ///
    /// It is `nil` when the phase has fewer scalars than there are canaries.
    ///
    /// - Parameters:
    ///   - included: which canaries take part.
    ///   - architecture: of the model that is trained.
    ///   - random: the stream of the draw.
    public init?(included: [Bool], in architecture: Architecture, random: RandomStream) {
        let network = architecture.network
        guard let phase = network.phases.first(where: \.touchesData) else { return nil }
        let parameters = network.initialParameters(random["shapes"])
        let trained = parameters.filter(phase.parameters)
        let names = trained.names.filter { !Parameters.isStatistic($0) }
        let total = names.reduce(0) { $0 + trained[$1].count }
        guard total >= included.count else { return nil }
        self.included = included
        alignments = [Double](repeating: 0, count: included.count)
        coordinates = random["coordinates"].permutation(total).prefix(included.count).map { index in
            var (rest, place) = (index, 0)
            while rest >= trained[names[place]].count {
                rest -= trained[names[place]].count
                place += 1
            }
            return Coordinate(name: names[place], element: rest)
        }
    }

    /// Adds those included canaries that the step samples to its clipped sum, if it is a sum of their parameters.
    func insert(into sum: inout BoundedSum, of phase: Phase, rate: Double, _ random: RandomStream) {
        let isSampled = random.coinFlips(included.count, probability: rate)
        for (index, coordinate) in coordinates.enumerated()
        where included[index] && isSampled[index] && phase.trains(coordinate.name) {
            sum.insert(canaryAt: coordinate.element, of: coordinate.name)
        }
    }

    /// Reads what a step released along every canary's coordinate.
    mutating func observe(_ released: Parameters) {
        for (index, coordinate) in coordinates.enumerated() where released.contains(coordinate.name) {
            alignments[index] += Double(released[coordinate.name][coordinate.element])
        }
    }
}

extension Phase {
    fileprivate func trains(_ name: String) -> Bool { parameters.contains(where: name.hasPrefix) }
}
