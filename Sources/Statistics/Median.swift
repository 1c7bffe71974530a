/// Returns the middle value, or the mean of the two in the middle.
///
/// - Precondition: `values` is not empty.
/// - Complexity: O(n log n)
public func median(_ values: [Double]) -> Double {
    precondition(!values.isEmpty, "median: no values")
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
