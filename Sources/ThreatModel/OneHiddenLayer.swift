import Autograd
public import Models
public import Tensors

/// A classifier with one hidden layer of rectifiers, in double precision: output·max(0, hidden·x + b) + c.
public struct OneHiddenLayer: Sendable, Equatable {
    /// The weights of the hidden units, [units, inputs].
    public let hidden: RealMatrix
    /// Their biases.
    public let hiddenBias: [Double]
    /// The weights of the classes, [classes, units].
    public let output: RealMatrix
    /// Their biases.
    public let outputBias: [Double]

    /// Creates a network.
    public init(hidden: RealMatrix, hiddenBias: [Double], output: RealMatrix, outputBias: [Double]) {
        precondition(
            hidden.rows == hiddenBias.count && output.columns == hidden.rows && output.rows == outputBias.count,
            "\(hidden.rows) units, \(hiddenBias.count) biases, an output of \(output.rows)×\(output.columns)")
        (self.hidden, self.hiddenBias) = (hidden, hiddenBias)
        (self.output, self.outputBias) = (output, outputBias)
    }

    /// Takes over the parameters of a classifier.
    ///
    /// - Throws: ``ThreatModelError`` when it is none of one hidden layer that reads records as they are.
    package init(_ model: Model) throws(ThreatModelError) {
        guard case .classifier(let network) = model.architecture else {
            throw .unsupported("logits of classes", family: model.architecture.family)
        }
        guard network.hidden.count == 1, network.convolutions == nil, network.scattering == nil else {
            throw .mismatch(
                "expected a classifier of one hidden layer without convolutions, found \(network.hidden.count) hidden "
                    + "layers\(network.convolutions == nil && network.scattering == nil ? "" : " after a front"); "
                    + "choose another victim")
        }
        func bias(_ name: String) -> [Double] { model.parameters[name].values.map(Double.init) }
        self.init(
            hidden: RealMatrix(model.parameters["body.0.weight"]), hiddenBias: bias("body.0.bias"),
            output: RealMatrix(model.parameters["body.2.weight"]), outputBias: bias("body.2.bias"))
    }

    /// The same network in single precision.
    public var model: Model {
        var parameters = Parameters()
        func tensor(_ matrix: RealMatrix) -> Tensor {
            Tensor(matrix.elements.map { Float($0) }, shape: [matrix.rows, matrix.columns])
        }
        parameters["body.0.weight"] = tensor(hidden)
        parameters["body.0.bias"] = Tensor(hiddenBias.map { Float($0) })
        parameters["body.2.weight"] = tensor(output)
        parameters["body.2.bias"] = Tensor(outputBias.map { Float($0) })
        let network = Classifier(inputs: hidden.columns, hidden: [hidden.rows], classes: output.rows)
        return Model(.classifier(network), parameters)
    }

    /// Returns what the hidden units pass on, [count, units].
    ///
    /// - Shapes: x [count, inputs].
    public func activations(_ x: RealMatrix) -> RealMatrix {
        let product = x.timesTransposed(hidden)
        return RealMatrix(rows: x.rows, columns: hidden.rows) { max(0, product[$0, $1] + hiddenBias[$1]) }
    }

    /// Returns the logits, [count, classes].
    ///
    /// - Shapes: x [count, inputs].
    /// - Complexity: O(count·units·(inputs + classes)).
    public func logits(_ x: RealMatrix) -> RealMatrix {
        let product = activations(x).timesTransposed(output)
        return RealMatrix(rows: x.rows, columns: output.rows) { product[$0, $1] + outputBias[$1] }
    }
}
