public import Tensors

/// Images and weights are [n, height, width, channels] here and [n, channels, height, width] in PyTorch.
extension Tensor {
    /// Returns a tensor of PyTorch's order in ours; one that is no image stays as it is.
    public func channelsLast() -> Tensor {
        guard shape.count == 4 else { return self }
        return swapped(outer: shape[1], inner: shape[2] * shape[3], to: [shape[0], shape[2], shape[3], shape[1]])
    }

    /// Returns a tensor of our order in PyTorch's; one that is no image stays as it is.
    public func channelsFirst() -> Tensor {
        guard shape.count == 4 else { return self }
        return swapped(outer: shape[1] * shape[2], inner: shape[3], to: [shape[0], shape[3], shape[1], shape[2]])
    }

    /// Transposes each of the matrices [outer, inner] that the tensor consists of.
    private func swapped(outer: Int, inner: Int, to shape: [Int]) -> Tensor {
        let values = values
        return Tensor(
            (0..<count).map { index in
                let (matrix, place) = index.quotientAndRemainder(dividingBy: outer * inner)
                return values[matrix * outer * inner + place % outer * inner + place / outer]
            }, shape: shape)
    }
}
