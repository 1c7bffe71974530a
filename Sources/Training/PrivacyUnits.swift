import Models
import Tensors

/// The privacy units of a training's records: who is sampled, clipped and protected as a whole.
struct PrivacyUnits {
    /// The records of each unit, which come in the order of their first records; `nil` when each record is a unit.
    private let records: [[Int]]?
    /// How many units there are.
    let count: Int
    /// The most records of a physical batch, unless a single unit has more.
    private let mostRecords: Int

    /// A part of a logical batch whose units all have equally many records.
    struct Part: Equatable {
        /// How many units.
        var units: Int
        /// Their records, unit after unit.
        var records: [Int]
    }

    /// Finds the units of records.
    init(of all: Records, mostRecords: Int) {
        self.mostRecords = mostRecords
        guard let units = all.units else {
            (records, count) = (nil, all.count)
            return
        }
        var places: [Int32: Int] = [:]
        var groups: [[Int]] = []
        for (record, unit) in units.enumerated() {
            if let place = places[unit] {
                groups[place].append(record)
            } else {
                places[unit] = groups.count
                groups.append([record])
            }
        }
        (records, count) = (groups, groups.count)
    }

    /// Cuts a logical batch into physical ones; none of its units is left out.
    ///
    /// A tape takes the rows of one example to be as many as those of any other, so units of different sizes lie in
    /// different parts. One unit is never cut: its gradient must be whole before it is clipped.
    /// - Parameters:
    ///   - chosen: the units of the batch.
    ///   - cap: the most records of a unit; of larger ones as many are chosen at random.
    ///   - random: addresses the choice by the unit.
    /// - Returns: at least one part, which is empty when no unit is chosen: an empty batch is released like any other.
    func parts(of chosen: [Int], cap: Int?, _ random: RandomStream) -> [Part] {
        guard let records else {
            return split(chosen.map { [$0] })
        }
        let members = chosen.map { unit -> [Int] in
            let all = records[unit]
            guard let cap, all.count > cap else { return all }
            return random[unit].permutation(all.count).prefix(cap).sorted().map { all[$0] }
        }
        let sizes = Dictionary(grouping: members, by: \.count)
        let parts = sizes.keys.sorted().flatMap { split(sizes[$0] ?? []) }
        return parts.isEmpty ? [Part(units: 0, records: [])] : parts
    }

    /// Cuts units of one size.
    private func split(_ units: [[Int]]) -> [Part] {
        let step = max(1, mostRecords / max(units.first?.count ?? 1, 1))
        return stride(from: 0, to: max(units.count, 1), by: step).map { start in
            let part = units[start..<min(start + step, units.count)]
            return Part(units: part.count, records: Array(part.joined()))
        }
    }
}
