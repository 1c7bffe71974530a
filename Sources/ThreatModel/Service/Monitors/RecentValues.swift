/// The last of many numbers, in the order in which they came.
///
/// An array of which the old half is dropped when it is full: the numbers stand side by side, oldest first, so that what
/// is computed of them has the bytes that it would have had with all of them kept.
///
/// - Complexity: O(1) a number on average, and room for 2·`most`.
struct RecentValues: Sendable {
    private let most: Int
    private var stored: [Double] = []

    /// Creates an empty one that keeps `most` numbers, at least 1.
    init(most: Int) {
        precondition(most > 0, "the last \(most) numbers")
        self.most = most
    }

    /// The last `most` numbers, or all where there are fewer.
    var values: ArraySlice<Double> { stored.suffix(most) }

    mutating func append(_ value: Double) {
        if stored.count == 2 * most { stored.removeFirst(most) }
        stored.append(value)
    }
}
