import Tensors

/// Returns the images of indices under a function, computing `workers` of them at a time.
///
/// - Throws: the first error; work that has begun is finished first.
func mapConcurrently<Value: Sendable>(
    _ indices: Range<Int>, workers: Int, _ body: @escaping @Sendable (Int) throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        var waiting = indices.makeIterator()
        func begin() {
            guard let index = waiting.next() else { return }
            group.addTask { (index, try Threads.working { try body(index) }) }
        }
        for _ in 0..<max(1, workers) { begin() }
        var values = [Value?](repeating: nil, count: indices.count)
        while let (index, value) = try await group.next() {
            values[index - indices.lowerBound] = value
            begin()
        }
        return values.compactMap(\.self)
    }
}
