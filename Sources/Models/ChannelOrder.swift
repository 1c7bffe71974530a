import Tensors

/// How a parameter that belongs to places and channels of images lies in PyTorch, where channels come first.
///
/// Ours is [outer, places, channels, inner] and PyTorch's [outer, channels, places, inner].
struct ChannelOrder: Sendable, Equatable {
    let outer: Int
    let places: Int
    let channels: Int
    let inner: Int
    /// The shape in PyTorch.
    let foreignShape: [Int]
    /// The shape here.
    let shape: [Int]

    /// The weight of a convolution, [out, height, width, in].
    init(convolution shape: [Int]) {
        (outer, places, channels, inner) = (shape[0], shape[1] * shape[2], shape[3], 1)
        (self.shape, foreignShape) = (shape, [shape[0], shape[3], shape[1], shape[2]])
    }

    /// A map of flattened images [height, width, channels].
    init(columns image: [Int], rows: Int) {
        (outer, places, channels, inner) = (rows, image[0] * image[1], image[2], 1)
        shape = [rows, image.reduce(1, *)]
        foreignShape = shape
    }

    /// A map to images [height, width, channels], or without a number of columns its bias.
    init(rows image: [Int], columns: Int? = nil) {
        (outer, places, channels, inner) = (1, image[0] * image[1], image[2], columns ?? 1)
        shape = [image.reduce(1, *)] + (columns.map { [$0] } ?? [])
        foreignShape = shape
    }

    /// The parameter as PyTorch keeps it.
    func foreign(_ tensor: Tensor) -> Tensor {
        exchange(tensor, places, channels).reshaped(foreignShape)
    }

    /// The parameter as it is kept here.
    func native(_ tensor: Tensor) -> Tensor {
        exchange(tensor, channels, places).reshaped(shape)
    }

    /// Returns [outer, b, a, inner] of [outer, a, b, inner].
    private func exchange(_ tensor: Tensor, _ a: Int, _ b: Int) -> Tensor {
        let order = (0..<outer).flatMap { block in
            (0..<b).flatMap { second in (0..<a).map { first in (block * a + first) * b + second } }
        }
        return tensor.reshaped([outer * a * b, inner]).gatherRows(order)
    }
}
