import Statistics

/// What the comparison of one case gave.
package struct BenchmarkResult: Sendable, Equatable, Encodable {
    /// Our side with one choice of linear algebra kernels.
    package struct Side: Sendable, Equatable {
        /// Items per second, the median of the runs.
        package var rate: Double
        /// Our rate over the peer's: of the medians, then the least and the most of the pairs; `nil` without a peer.
        package var ratio: Double?
        /// The least ratio of a pair.
        package var ratioMin: Double?
        /// The greatest ratio of a pair.
        package var ratioMax: Double?
        /// GFLOP/s that the work needed at least.
        package var gigaflops: Double
        /// The same over what a matrix product reached on the same threads in the same run.
        package var sgemmShare: Double
        /// The kernels.
        package var blasCore: String
    }

    /// The case.
    package var name: String
    /// What is counted.
    package var unit: String
    /// Our side as the environment has it.
    package var ours: Side?
    /// Our side with the environment's choice of kernels removed.
    package var unpinned: Side?
    /// The peer's items per second, of its best variant.
    package var peer: Double?
    /// The peer's best variant.
    package var peerVariant: String?
    /// The rates of all variants, those that stand beside the comparison included.
    package var variants: [String: Double] = [:]
    /// Our peak memory in MB.
    package var peakMegabytes: Double?
    /// How much of it the work itself took.
    package var workingMegabytes: Double?
    /// What parameters, optimiser and activations take.
    package var expectedMegabytes: Double?
    /// The peer's peak memory in MB.
    package var peerPeakMegabytes: Double?
    /// The losses of both sides.
    package var losses: LossAgreement?
    /// The most cores that other programs kept busy during a run of either side.
    package var otherCores: Double?
    /// Our threads.
    package var threads: Int?
    /// Why the case failed, or a side of it.
    package var failures: [String] = []

    /// Creates a result without figures.
    package init(name: String, unit: String) { (self.name, self.unit) = (name, unit) }

    /// Whether every side ran and the losses agree.
    package var isSound: Bool { failures.isEmpty }
}

extension BenchmarkResult.Side {
    /// Summarises our runs, each paired with the peer's run of the same repeat where there is one.
    init(_ runs: [WorkerReport], flopsPerItem: Double, peer: [PeerReport]) {
        rate = median(runs.map(\.itemsPerSecond))
        gigaflops = rate * flopsPerItem / 1e9
        sgemmShare = median(runs.map { $0.itemsPerSecond * flopsPerItem / 1e9 / $0.sgemm })
        blasCore = runs[0].blasCore
        guard !peer.isEmpty else { return }
        ratio = rate / median(peer.map(\.itemsPerSecond))
        let pairs = zip(runs, peer).map { $0.itemsPerSecond / $1.itemsPerSecond }
        (ratioMin, ratioMax) = (pairs.min(), pairs.max())
    }
}

extension BenchmarkResult {
    private enum CodingKeys: String, CodingKey {
        case name = "case"
        case unit, ours, peer, ratio
        case ratioMin = "ratio_min"
        case ratioMax = "ratio_max"
        case peakMegabytes = "peak_mb"
        case sgemmShare = "sgemm_share"
        case blasCore = "blas_core"
        case gigaflops = "gflops"
        case peerVariant = "peer_variant"
        case variants
        case peerPeakMegabytes = "peer_peak_mb"
        case workingMegabytes = "working_mb"
        case expectedMegabytes = "expected_mb"
        case lossOurs = "loss_ours"
        case lossPeer = "loss_peer"
        case lossTolerance = "loss_tolerance"
        case otherCores = "other_cores"
        case threads
        case unpinned = "blas_core_auto"
        case failures
    }

    /// Encodes one flat object; what was not measured is null, so that every object has the same keys.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(unit, forKey: .unit)
        try Self.encode(ours, into: &container)
        try container.encode(peer, forKey: .peer)
        try container.encode(peerVariant, forKey: .peerVariant)
        try container.encode(variants, forKey: .variants)
        try container.encode(peakMegabytes, forKey: .peakMegabytes)
        try container.encode(workingMegabytes, forKey: .workingMegabytes)
        try container.encode(expectedMegabytes, forKey: .expectedMegabytes)
        try container.encode(peerPeakMegabytes, forKey: .peerPeakMegabytes)
        try container.encode(losses?.ours, forKey: .lossOurs)
        try container.encode(losses?.peer, forKey: .lossPeer)
        try container.encode(losses?.tolerance, forKey: .lossTolerance)
        try container.encode(otherCores, forKey: .otherCores)
        try container.encode(threads, forKey: .threads)
        try container.encode(failures, forKey: .failures)
        guard let unpinned else { return try container.encodeNil(forKey: .unpinned) }
        var nested = container.nestedContainer(keyedBy: CodingKeys.self, forKey: .unpinned)
        try Self.encode(unpinned, into: &nested)
    }

    private static func encode(_ side: Side?, into container: inout KeyedEncodingContainer<CodingKeys>) throws {
        try container.encode(side?.rate, forKey: .ours)
        try container.encode(side?.ratio, forKey: .ratio)
        try container.encode(side?.ratioMin, forKey: .ratioMin)
        try container.encode(side?.ratioMax, forKey: .ratioMax)
        try container.encode(side?.gigaflops, forKey: .gigaflops)
        try container.encode(side?.sgemmShare, forKey: .sgemmShare)
        try container.encode(side?.blasCore, forKey: .blasCore)
    }
}
