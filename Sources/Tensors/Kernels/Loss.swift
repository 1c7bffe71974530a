/// Losses of one number per row, and their gradients.
extension Tensor {
    /// Returns the negative log-likelihood of each row's label under the softmax of its logits, in nats.
    ///
    /// - Shapes: self (logits) [rows, classes], labels [rows] → [rows].
    public func crossEntropy(_ labels: [Int32]) -> Tensor {
        precondition(labels.count == rows, "crossEntropy: \(labels.count) labels for \(shape)")
        var result = logSumExp()
        for (row, label) in labels.enumerated() {
            precondition(label >= 0 && label < columns, "label \(label) of \(columns) classes")
            unsafe result[row] -= pointer[row * columns + Int(label)]
        }
        return result
    }

    /// Returns weight·(softmax − one-hot) of each row: the gradient of the weighted sum of `crossEntropy`.
    public func crossEntropyGradient(_ labels: [Int32], weights: Tensor) -> Tensor {
        precondition(labels.count == rows, "crossEntropyGradient: \(labels.count) labels for \(shape)")
        precondition(labels.allSatisfy { $0 >= 0 && $0 < columns }, "a label beyond \(columns) classes")
        let gradient = Tensor(uninitialised: shape)
        inRowPieces { piece in
            for row in piece {
                let to = unsafe gradient.storage.base + row * columns
                unsafe softmaxRow(pointer + row * columns, to, columns, times: weights.pointer[row])
                unsafe to[Int(labels[row])] -= weights.pointer[row]
            }
        }
        return gradient
    }

    /// Returns −Σ_v targetᵥ·ln softmaxᵥ of each row, in nats.
    ///
    /// - Shapes: self (logits) and targets (probabilities) [rows, classes] → [rows].
    public func softCrossEntropy(_ targets: Tensor) -> Tensor {
        let logarithms = logSoftmax().rowInnerProducts(targets)
        return logarithms * -1
    }

    /// Returns weight·(softmax·Σtarget − target) of each row: the gradient of the weighted sum of `softCrossEntropy`.
    public func softCrossEntropyGradient(_ targets: Tensor, weights: Tensor) -> Tensor {
        var gradient = softmax()
        gradient.scaleRows(by: targets.rowSums().values)
        gradient.add(targets, times: -1)
        gradient.scaleRows(by: weights.values)
        return gradient
    }

    /// Returns Σ_j softplus(xⱼ) − xⱼ·tⱼ of each row: the binary cross-entropy of logits, in nats per row.
    public func binaryCrossEntropy(_ targets: Tensor) -> Tensor {
        precondition(shape == targets.shape, "binaryCrossEntropy: \(shape) and \(targets.shape)")
        return unsafe eachRow(with: targets) { x, t in
            // Without the sum softplus(x) − x·t, where a small loss would be the difference of two large numbers.
            func loss(_ v: Vector, _ t: Vector) -> Vector {
                v.replacing(with: 0, where: v .< 0) - v * t + softplusRest(v)
            }
            var total = Vector(repeating: 0)
            forEachVector(columns) { i in
                unsafe total += loss(load(x + i), load(t + i))
            } tail: { i, lanes in
                // The rest of −87 is e⁻⁸⁷: the filler adds nothing.
                unsafe total += loss(load(x + i, first: lanes, filler: -87), load(t + i, first: lanes, filler: 0))
            }
            return laneSum(total)
        }
    }

    /// Returns weight·(σ(x) − t): the gradient of the weighted sum of `binaryCrossEntropy`.
    public func binaryCrossEntropyGradient(_ targets: Tensor, weights: Tensor) -> Tensor {
        let gradient = Tensor(uninitialised: shape)
        inRowPieces { piece in
            for row in piece {
                let (x, t) = unsafe (pointer + row * columns, targets.pointer + row * columns)
                let (to, weight) = unsafe (gradient.storage.base + row * columns, weights.pointer[row])
                forEachVector(columns) { i in
                    unsafe store((sigmoid(load(x + i)) - load(t + i)) * weight, to + i)
                } tail: { i, lanes in
                    let (x, t) = unsafe (load(x + i, first: lanes, filler: 0), load(t + i, first: lanes, filler: 0))
                    unsafe store((sigmoid(x) - t) * weight, to + i, first: lanes)
                }
            }
        }
        return gradient
    }
}
