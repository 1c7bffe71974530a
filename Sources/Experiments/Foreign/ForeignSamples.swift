import Attacks
import Tensors
import ThreatModel

// What a generator drew, in a file, and the attacks that compare candidates with it: all in the coordinates in which
// the file has them.

extension NearestSample: ForeignScorer {
    static var settled: [String] { ["samples", "distance", "components"] }

    func scores(of arrays: ForeignArrays) throws -> [Double] {
        let (candidates, samples) = (try arrays.tensor("features", .finite), try arrays.tensor("samples", .finite))
        guard calibrated else { return Self.scores(candidates: candidates, samples: samples) }
        return Self.scores(
            candidates: candidates, samples: samples, reference: try arrays.tensor("reference_samples", .finite))
    }
}

extension MonteCarlo: ForeignScorer {
    static var settled: [String] { ["samples", "features", "components", "cell", "block"] }

    func scores(of arrays: ForeignArrays) throws -> [Double] {
        try Self.scores(
            candidates: try arrays.tensor("features", .finite), samples: try arrays.tensor("samples", .finite),
            radius: radius, percentile: percentile, kernel: kernel)
    }
}

extension DOMIAS: ForeignScorer {
    static var settled: [String] { ["samples", "components"] }

    func scores(of arrays: ForeignArrays) throws -> [Double] {
        try Self.scores(
            candidates: try arrays.tensor("features", .finite), samples: try arrays.tensor("samples", .finite),
            population: reference ? try arrays.tensor("population_features", .finite) : nil, estimator: estimator,
            neighbours: neighbours, mixture: mixture)
    }
}
