import Statistics

/// Watches the distances between queries, which are normally distributed for natural records and not for made ones.
///
/// Per class that is answered it keeps a growing set. Of every query but a class's first it notes the distance to the
/// nearest member of its class's set; the query joins the set when that exceeds a threshold: the greatest so far of the
/// mean less the standard deviation of the distances that members had when they joined (0 of the first). Beyond ``least``
/// noted distances it raises the alarm when Shapiro and Wilk's W of those within three standard deviations of their mean
/// is below δ.
///
/// Images of noise are not found: the distances between vectors of many independent numbers are normal. That is what
/// ``QueryNovelty`` is for.
///
/// - Source: Juuti, Szyller, Marchal and Asokan 2019, <https://arxiv.org/abs/1805.02628>: δ from 0.90 to 0.96; that the
///   threshold never falls is from the code that they released. Ours is 0.9 unless stated: in 600 images of
///   Fashion-MNIST none of 16 benign accounts raises the alarm then, with 0.95 eight do and with 0.96 ten.
/// - Deviation: codes, images that are encoded or discriminated have no class and share one set; each operation has
///   distances of its own. Of more than 5,000 distances the last 5,000 are tested, as W is fitted to no more. W is tested
///   at every query and over all classes; the authors' code tests at every tenth, without classes of fewer than ten
///   distances.
/// - Complexity: O(members·width + n·log n) a query, n being the distances so far, at most 5,000.
public struct PRADA: QueryMonitor {
    /// Its entry in the catalogue.
    public static let card = MonitorCard(
        id: "prada",
        summary: "tests whether the distances between an account's queries are normally distributed",
        paper: "Juuti et al. 2019",
        values: [ValueCard("delta", 0.5...0.999, fallback: 0.9)],
        watches: [.classify, .encode, .decode, .discriminate],
        falseAlarms: "none promised: the threshold is on W, not on a p-value, and W is tested anew at every query",
        deviations:
            "what has no class shares one growing set; the last 5,000 distances are tested, at every query and of "
            + "all classes, where the authors' code tests at every tenth, without classes of fewer than ten distances")

    /// The distances beyond which W is tested.
    public static let least = 100

    private struct Members: Sendable {
        var rows: GrowingRows
        var distances = [0.0]
        var threshold = 0.0
    }

    private struct Key: Hashable {
        var operation: Operation
        var label: Int32?
    }

    private let delta: Double
    private var members: [Key: Members] = [:]
    private var distances: [Operation: RecentValues] = [:]
    /// The most distances that are kept and tested.
    private let most: Int

    /// Creates it of the threshold δ on W.
    public init(_ values: [Double], _ material: MonitorMaterial) {
        self.init(delta: values[0], most: ShapiroWilk.sizes.upperBound)
    }

    init(delta: Double, most: Int) { (self.delta, self.most) = (delta, most) }

    /// The members of all growing sets.
    public var memberCount: Int { members.values.reduce(0) { $0 + $1.rows.count } }

    /// One more than ``least`` distances, and the first query of a class, which has none.
    public var leastQueries: Int { Self.least + 2 }

    /// Takes a query in.
    public mutating func observe(_ query: ObservedQuery) -> String? {
        guard case .vector(let row) = query.content else { return nil }
        guard let distance = join(row, Key(operation: query.operation, label: query.label)) else { return nil }
        distances[query.operation, default: RecentValues(most: most)].append(distance)
        guard let recent = distances[query.operation]?.values, recent.count > Self.least,
            let statistic = Self.statistic(recent), statistic < delta
        else { return nil }
        let shown = (statistic * 1000).rounded() / 1000
        return "W of \(recent.count) distances is \(shown), below \(delta)"
    }

    /// The distance to the nearest member of a set, which the query joins when that is large enough.
    private mutating func join(_ row: [Float], _ key: Key) -> Double? {
        var set = members[key] ?? Members(rows: GrowingRows(width: row.count))
        // Taken out so that the set is not copied when it is written.
        members[key] = nil
        defer { members[key] = set }
        guard let distance = set.rows.distance(to: row) else {
            set.rows.append(row)
            return nil
        }
        if distance > set.threshold {
            set.rows.append(row)
            set.distances.append(distance)
            let moments = Moments(of: set.distances)
            set.threshold = max(set.threshold, moments.mean - moments.populationStandardDeviation)
        }
        return distance
    }

    /// W of the distances within three standard deviations of their mean; 0 when they are all equal, as no natural
    /// distances are.
    static func statistic(_ distances: ArraySlice<Double>) -> Double? {
        let moments = Moments(of: Array(distances))
        let reach = 3 * moments.populationStandardDeviation
        do throws(StatisticsError) {
            return try ShapiroWilk(distances.filter { abs($0 - moments.mean) <= reach }).statistic
        } catch .constant {
            return 0
        } catch {
            return nil
        }
    }
}
