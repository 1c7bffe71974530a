package import Tensors

extension Tensor {
    /// Returns a row per label that is 1 in the label's column and 0 elsewhere.
    ///
    /// - Shapes: [labels.count, classes]; every label lies in 0..<classes.
    package static func oneHot(_ labels: [Int32], classes: Int) -> Tensor {
        var rows = Tensor.zeros([labels.count, classes])
        for (row, label) in labels.enumerated() {
            precondition((0..<classes).contains(Int(label)), "label \(label) of \(classes) classes")
            rows[row * classes + Int(label)] = 1
        }
        return rows
    }
}
