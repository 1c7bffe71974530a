public import Tensors

/// Returns the cross-entropy of each row's label, in nats, shape [rows].
///
/// - Shapes: logits [rows, classes], labels [rows] in 0..<classes.
public func crossEntropy(_ logits: Variable, _ labels: [Int32]) -> Variable {
    let tape = logits.tape
    return tape.record(logits.value.crossEntropy(labels), [logits]) { dy in
        tape.accumulate(logits.value.crossEntropyGradient(labels, weights: dy), into: logits)
    }
}

/// Returns the cross-entropy of each row against a distribution, in nats, shape [rows].
///
/// - Shapes: logits and targets [rows, classes].
public func crossEntropy(_ logits: Variable, targets: Tensor) -> Variable {
    let tape = logits.tape
    return tape.record(logits.value.softCrossEntropy(targets), [logits]) { dy in
        tape.accumulate(logits.value.softCrossEntropyGradient(targets, weights: dy), into: logits)
    }
}

/// Returns the binary cross-entropy of logits, summed over each row, in nats, shape [rows].
///
/// - Shapes: logits and targets [rows, columns], targets in [0, 1].
public func binaryCrossEntropy(_ logits: Variable, _ targets: Tensor) -> Variable {
    let tape = logits.tape
    return tape.record(logits.value.binaryCrossEntropy(targets), [logits]) { dy in
        tape.accumulate(logits.value.binaryCrossEntropyGradient(targets, weights: dy), into: logits)
    }
}

/// Returns the squared error summed over each row, shape [rows].
///
/// - Shapes: x and target [rows, columns].
public func squaredError(_ x: Variable, _ target: Tensor) -> Variable {
    let tape = x.tape
    let difference = x.value - target
    return tape.record(difference.rowSquaredNorms(), [x]) { dy in
        var gradient = difference
        gradient.scaleRows(by: (dy * 2).values)
        tape.accumulate(gradient, into: x)
    }
}

/// Returns KL(N(mean, e^logVariance) ‖ N(0, 1)) summed over each row, in nats, shape [rows].
///
/// - Source: Kingma and Welling 2014, appendix B.
public func divergenceFromStandardNormal(mean: Variable, logVariance: Variable) -> Variable {
    let squares = mean * mean
    let spread = activate(logVariance, .exponential)
    return rowSums((squares + spread - logVariance) + -1) * 0.5
}
