import Autograd
import Tensors

/// One convolution of images of known size, or the transposed convolution that undoes its change of size.
struct ConvolutionLayer: Sendable, Equatable {
    var from: Int
    var to: Int
    var kernel: Int
    var stride: Int
    var padding: Int
    var input: Extent
    var output: Extent
    var isTransposed = false
    var hasBias: Bool

    /// [out, height, width, in], and [in, height, width, out] of a transposed convolution.
    var weightShape: [Int] { isTransposed ? [from, kernel, kernel, to] : [to, kernel, kernel, from] }

    /// How many products an output sums: each output of a transposed convolution sees every stride-th tap.
    var fanIn: Int {
        let taps = isTransposed ? max(1, kernel * kernel / (stride * stride)) : kernel * kernel
        return from * taps
    }

    var multiplyAdds: Int {
        (isTransposed ? input : output).area * kernel * kernel * from * to
    }

    func apply(_ x: Variable, _ parameters: BoundParameters, _ name: String, _ activation: Activation) -> Variable {
        let (weight, bias) = (parameters["\(name).weight"], hasBias ? parameters["\(name).bias"] : nil)
        guard isTransposed else {
            return convolution(x, weight, bias, stride: Extent(stride), padding: Extent(padding), activation)
        }
        func missing(_ input: Int, _ output: Int) -> Int { output - ((input - 1) * stride - 2 * padding + kernel) }
        return transposedConvolution(
            x, weight, bias, stride: Extent(stride), padding: Extent(padding),
            outputPadding: Extent(missing(input.height, output.height), missing(input.width, output.width)), activation)
    }
}
