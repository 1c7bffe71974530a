import Tensors

/// Returns the table's row of each token.
///
/// - Shapes: tokens [rows] in 0..<vocabulary, table [vocabulary, width] → [rows, width].
public func embedding(_ tokens: [Int32], _ table: Variable) -> Variable {
    let tape = table.tape
    return tape.record(table.value.gatherRows(tokens.map(Int.init)), [table]) { dy in
        if tape.wantsFactors(table) {
            tape.keep(EmbeddingFactor(tokens: tokens, gradient: dy, time: tape.rowsPerExample(dy)), for: table)
        } else {
            tape.accumulate(into: table) { gradient, beta in
                gradient.scale(by: beta)
                gradient.scatterAddRows(tokens, dy)
            }
        }
    }
}

/// Adds row t of a table to position t of each sequence.
///
/// - Shapes: x [sequences·length, width], table [≥ length, width] → the shape of x.
public func addPositions(_ x: Variable, _ table: Variable, length: Int) -> Variable {
    let tape = x.tape
    let order = (0..<x.value.rows).map { $0 % length }
    return tape.record(x.value + table.value.gatherRows(order), [x, table]) { dy in
        tape.accumulate(dy, into: x)
        if tape.wantsFactors(table) {
            let tokens = order.map(Int32.init)
            tape.keep(EmbeddingFactor(tokens: tokens, gradient: dy, time: tape.rowsPerExample(dy)), for: table)
        } else {
            tape.accumulate(into: table) { gradient, beta in
                gradient.scale(by: beta)
                gradient.scatterAddRows(order.map(Int32.init), dy)
            }
        }
    }
}

/// Rows of gradient that are added to the table at the tokens' rows; repeated tokens of an example add up.
struct EmbeddingFactor: PerExampleFactor {
    let tokens: [Int32]
    let gradient: Tensor
    let time: Int

    func add(example index: Int, to sum: inout Tensor) {
        let range = index * time..<(index + 1) * time
        sum.scatterAddRows(Array(tokens[range]), gradient.rows(range))
    }

    func addWeightedSum(_ weights: [Float], to sum: inout Tensor) {
        var weighted = gradient
        weighted.scaleRows(by: weights.flatMap { [Float](repeating: $0, count: time) })
        sum.scatterAddRows(tokens, weighted)
    }

    /// The norm of the rows that an example touches, gathered in a table of just those.
    func squaredNorms() -> [Float]? {
        (0..<(time > 0 ? tokens.count / time : 0)).map { example in
            let range = example * time..<(example + 1) * time
            var places: [Int32: Int32] = [:]
            let local = tokens[range].map { token -> Int32 in
                let place = places[token] ?? Int32(places.count)
                places[token] = place
                return place
            }
            var touched = Tensor.zeros([places.count, gradient.columns])
            touched.scatterAddRows(local, gradient.rows(range))
            return Float(touched.squaredNorm())
        }
    }
}
