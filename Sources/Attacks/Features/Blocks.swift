import Tensors

/// Calls `body` with consecutive blocks of rows, each small enough for a matrix of distances to it, and with the index
/// of their first row.
func forEachBlock(of records: Tensor, rows: Int = 1024, _ body: (Tensor, Int) throws -> Void) rethrows {
    for start in stride(from: 0, to: records.rows, by: rows) {
        try body(records.rows(start..<min(start + rows, records.rows)), start)
    }
}
