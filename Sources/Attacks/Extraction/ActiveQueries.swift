import RealModule
import Tensors

/// Asks about the records of a pool of which a student knows least, or that lie farthest from all that was asked.
///
/// What a transfer set holds out is set aside at random before anything is asked, so that validation sees the pool as it
/// is, not what the rounds have left of it.
struct ActiveQueries: QueryStrategy {
    private let pool: Tensor
    private let strategy: ActiveThief.Strategy
    /// The records among which DeepFool chooses in a round.
    private let considered: Int
    /// How many times as many records DeepFool leaves to k-centre as are asked.
    private let shortlist: Int
    private let random: RandomStream
    /// What is set aside to be held out and has not been asked.
    private var aside: ArraySlice<Int>
    /// What else has not been asked, in random order.
    private var left: [Int]
    private var round = 0

    /// Creates the strategy of a pool, shape [n, width], of which `heldOut` records are set aside.
    init(
        pool: Tensor, strategy: ActiveThief.Strategy, considered: Int, shortlist: Int, heldOut: Int = 0,
        random: RandomStream
    ) {
        (self.pool, self.strategy, self.considered, self.shortlist) = (pool, strategy, considered, shortlist)
        let order = random.permutation(pool.rows)
        (self.random, aside, left) = (random, order.prefix(heldOut), Array(order.dropFirst(heldOut)))
    }

    /// Chooses; without a student at random.
    mutating func next(_ count: Int, after set: TransferSet, knowing student: StudentClassifier?) -> [Int] {
        let isHeldOut = (set.count..<set.count + count).map(set.isHeldOut)
        let open = count - isHeldOut.count { $0 }
        precondition(
            open <= left.count && count - open <= aside.count,
            "\(count) queries of a pool of which \(left.count) and \(aside.count) are left")
        var chosen = choose(open, set, student)[...]
        let gone = Set(chosen)
        left.removeAll { gone.contains($0) }
        round += 1
        return isHeldOut.map { $0 ? aside.removeFirst() : chosen.removeFirst() }
    }

    private func choose(_ count: Int, _ set: TransferSet, _ student: StudentClassifier?) -> [Int] {
        guard let student, count > 0 else { return Array(left.prefix(count)) }
        switch strategy {
        case .random: return Array(left.prefix(count))
        case .entropy: return smallest(count, of: left, by: entropies(student).map { -$0 })
        case .kCentre: return farthest(count, of: left, set, student)
        case .deepFool: return nearestToBoundary(count, from: considered, student)
        case .deepFoolKCentre:
            let few = nearestToBoundary(shortlist * count, from: max(considered, shortlist * count), student)
            return farthest(count, of: few, set, student)
        }
    }

    /// The records with the smallest values; of equals the first.
    private func smallest(_ count: Int, of records: [Int], by values: [Double]) -> [Int] {
        records.indices.sorted { (values[$0], $0) < (values[$1], $1) }.prefix(count).map { records[$0] }
    }

    private func entropies(_ student: StudentClassifier) -> [Double] {
        let probabilities = student.probabilities(pool.gatherRows(left))
        return (0..<probabilities.rows).map { row in
            probabilities.row(row).reduce(0) { $1 > 0 ? $0 - Double($1) * Double.log(Double($1)) : $0 }
        }
    }

    private func nearestToBoundary(_ count: Int, from considered: Int, _ student: StudentClassifier) -> [Int] {
        let number = max(considered, count)
        let records =
            number < left.count
            ? random["considered"][round].permutation(left.count).prefix(number).map { left[$0] } : left
        let distances = DeepFool().distances(of: pool.gatherRows(records), by: student)
        return smallest(count, of: records, by: distances)
    }

    /// The records whose answers by the student are farthest from those of all that was asked, and from each other's.
    private func farthest(
        _ count: Int, of records: [Int], _ set: TransferSet, _ student: StudentClassifier
    ) -> [Int] {
        let rows = student.probabilities(pool.gatherRows(records))
        return greedyCentres(count, of: rows, after: student.probabilities(set.queries)).map { records[$0] }
    }
}
