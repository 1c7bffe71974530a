import Models
import Tensors
import ThreatModel

/// Where a thief takes its queries from.
public enum QueryPool: String, Codable, Sendable, CaseIterable {
    /// Records of the victim's distribution.
    case population
    /// Records of another distribution.
    case foreign
    /// Images whose pixels are independent and uniform in [0, 1].
    case noise

    /// The records that a thief may ask about; noise is made to measure.
    ///
    /// - Parameters:
    ///   - knowledge: what the adversary has.
    ///   - size: how many are needed, and how many images of noise are made.
    ///   - width: the numbers of a record, which the student reads.
    ///   - random: the stream of the noise.
    ///   - attack: who asks, for errors.
    /// - Returns: the records, `size` of them or more.
    /// - Throws: ``ThreatModelError`` when the adversary has no such records, too few, or of another width.
    func records(
        _ knowledge: Knowledge, size: Int, width: Int, _ random: RandomStream, attack: String
    ) throws(ThreatModelError) -> Records {
        let pool: Records
        switch self {
        case .population: pool = try knowledge.requiredPopulation(attack)
        case .foreign: pool = try knowledge.requiredForeign(attack)
        case .noise: return Records(features: random.uniformTensor([size, width]))
        }
        guard let features = pool.features else {
            throw .missingKnowledge("\(rawValue) records that are vectors", attack: attack)
        }
        guard features.columns == width else {
            throw .mismatch(
                "\(attack): expected \(rawValue) records of \(width) numbers, which the student reads, found "
                    + "\(features.columns); change the student or the records")
        }
        guard pool.count >= size else {
            throw .mismatch(
                "\(attack): expected \(size) \(rawValue) records or more, found \(pool.count); "
                    + "lower 'budgets' or give more records")
        }
        return pool
    }
}
