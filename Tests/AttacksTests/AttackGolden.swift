import Foundation
import Tensors
import ThreatModel

/// The shared goldens of attack statistics, verbatim copies of /golden/attacks/{inputs,outputs}.safetensors.
struct AttackGolden {
    private let inputs: Safetensors
    private let outputs: Safetensors

    init() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        inputs = try Safetensors(decoding: Data(contentsOf: folder.appending(path: "inputs.safetensors")))
        outputs = try Safetensors(decoding: Data(contentsOf: folder.appending(path: "outputs.safetensors")))
    }

    /// ln p − ln(1 − p) of the target's confidence in each record.
    func target() throws -> [Double] { try logits("target_conf") }

    /// ln p of the target's confidence: minus its loss.
    func targetLogLikelihoods() throws -> [Double] { try inputs.array("target_conf").doubles.map { log($0) } }

    /// ln p of the target's confidence in records of the population.
    func populationLogLikelihoods() throws -> [Double] { try inputs.array("pop_target_conf").doubles.map { log($0) } }

    /// The shadows' logits.
    func shadows() throws -> ShadowView { try view(logits("shadow_conf")) }

    /// The shadows' ln p.
    func shadowLogLikelihoods() throws -> ShadowView { try view(inputs.array("shadow_conf").doubles.map { log($0) }) }

    /// ln p of everything: candidates and population, under the target and the shadows.
    func likelihoods() throws -> SignalTable {
        let population = try inputs.array("pop_shadow_conf")
        let width = population.shape[1]
        let rows = population.doubles.map { log($0) }
        return SignalTable(
            target: try targetLogLikelihoods(), shadows: try shadowLogLikelihoods(),
            population: try populationLogLikelihoods(),
            populationShadows: (0..<population.shape[0]).map { Array(rows[$0 * width..<($0 + 1) * width]) })
    }

    /// Class distributions, [60, 10].
    func probabilities() throws -> Tensor { try inputs.array("probs").tensor }

    /// The classes of the records that they are of.
    func labels() throws -> [Int32] { try inputs.array("labels").doubles.map { Int32($0) } }

    /// Which candidates are members.
    func truth() throws -> [Bool] { try inputs.array("target_member").doubles.map { $0 == 1 } }

    /// Expected scores.
    func expected(_ name: String) throws -> [Double] { try outputs.array(name).doubles }

    private func logits(_ name: String) throws -> [Double] {
        try inputs.array(name).doubles.map { log($0) - log(1 - $0) }
    }

    private func view(_ values: [Double]) throws -> ShadowView {
        let membership = try inputs.array("shadow_in")
        let (rows, columns) = (membership.shape[0], membership.shape[1])
        func matrix<Element>(_ values: [Element]) -> [[Element]] {
            (0..<rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
        }
        return try ShadowView(signals: matrix(values), membership: matrix(membership.doubles.map { $0 == 1 }))
    }
}

/// The largest difference, relative to the expected value where that exceeds one; ∞ when the counts differ.
func largestError(_ found: [Double], _ expected: [Double]) -> Double {
    guard found.count == expected.count, !found.isEmpty else { return .infinity }
    return zip(found, expected).map { found, expected in
        let error = abs(found - expected) / max(1, abs(expected))
        return error.isNaN ? .infinity : error
    }.max() ?? .infinity
}
