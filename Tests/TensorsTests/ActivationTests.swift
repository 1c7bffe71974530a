import Foundation
import Testing

@testable import Tensors

@Suite("Activations agree with double precision") struct ActivationTests {
    struct Reference: Sendable, CustomTestStringConvertible {
        let activation: Activation
        /// The largest error as a share of max(|y|, `floor`).
        let value: Double
        let slope: Double
        let floor: Double
        let f: @Sendable (Double) -> Double
        let derivative: @Sendable (Double) -> Double
        var testDescription: String { "\(activation)" }
    }

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    private static func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
    private static func geluTanh(_ x: Double) -> Double {
        Foundation.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))
    }

    private static let references = [
        Reference(activation: .identity, value: 0, slope: 0, floor: 1) {
            $0
        } derivative: { _ in
            1
        },
        Reference(activation: .relu, value: 0, slope: 0, floor: 1) {
            max($0, 0)
        } derivative: {
            $0 > 0 ? 1 : 0
        },
        Reference(activation: .leakyReLU(slope: 0.25), value: 0, slope: 0, floor: 1) {
            $0 > 0 ? $0 : 0.25 * $0
        } derivative: {
            $0 > 0 ? 1 : 0.25
        },
        Reference(activation: .elu, value: 3e-7, slope: 3e-7, floor: 1) {
            $0 > 0 ? $0 : expm1($0)
        } derivative: {
            $0 > 0 ? 1 : exp($0)
        },
        Reference(activation: .gelu, value: 5e-7, slope: 2.5e-6, floor: 1) {
            0.5 * $0 * (1 + geluTanh($0))
        } derivative: {
            let t = geluTanh($0)
            return 0.5 * (1 + t) + 0.5 * $0 * (1 - t * t) * 0.7978845608028654 * (1 + 0.134145 * $0 * $0)
        },
        Reference(activation: .exactGELU, value: 5e-7, slope: 5e-7, floor: 1) {
            $0 * normal($0)
        } derivative: {
            normal($0) + $0 * exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot()
        },
        Reference(activation: .silu, value: 4e-7, slope: 1.2e-6, floor: 1) {
            $0 * sigmoid($0)
        } derivative: {
            sigmoid($0) * (1 + $0 * (1 - sigmoid($0)))
        },
        Reference(activation: .tanh, value: 4e-7, slope: 5e-7, floor: 1e-30) {
            Foundation.tanh($0)
        } derivative: {
            1 - pow(Foundation.tanh($0), 2)
        },
        Reference(activation: .sigmoid, value: 4e-7, slope: 4e-7, floor: 1e-30) {
            sigmoid($0)
        } derivative: {
            sigmoid($0) * sigmoid(-$0)
        },
        Reference(activation: .softplus, value: 4e-7, slope: 4e-7, floor: 1e-30) {
            max($0, 0) + log1p(exp(-abs($0)))
        } derivative: {
            sigmoid($0)
        },
        Reference(activation: .logSigmoid, value: 4e-7, slope: 4e-7, floor: 1e-30) {
            min($0, 0) - log1p(exp(-abs($0)))
        } derivative: {
            sigmoid(-$0)
        },
        Reference(
            activation: .temperedSigmoid(scale: 2, temperature: 2, offset: 1), value: 3e-7, slope: 8e-7, floor: 1
        ) {
            Foundation.tanh($0)
        } derivative: {
            1 - pow(Foundation.tanh($0), 2)
        },
        Reference(
            activation: .temperedSigmoid(scale: 1.58, temperature: 3, offset: 0.71), value: 3e-7, slope: 1.2e-6,
            floor: 1
        ) {
            1.58 * sigmoid(3 * $0) - 0.71
        } derivative: {
            1.58 * 3 * sigmoid(3 * $0) * sigmoid(-3 * $0)
        },
        Reference(activation: .exponential, value: 4e-7, slope: 4e-7, floor: 1e-30) {
            exp($0)
        } derivative: {
            exp($0)
        },
    ]

    private func worst(_ found: [Float], _ x: [Float], _ floor: Double, _ f: (Double) -> Double) -> (Double, Float) {
        zip(found, x).reduce((0.0, Float(0))) { worst, pair in
            let expected = f(Double(pair.1))
            let error = abs(Double(pair.0) - expected) / max(abs(expected), floor)
            return error > worst.0 || error.isNaN ? (error.isNaN ? .infinity : error, pair.1) : worst
        }
    }

    @Test("value and slope on a dense grid from −80 to 80", arguments: references)
    private func dense(_ reference: Reference) {
        var x: [Float] = (-80_003...80_003).map { Float($0) / 1000 + 1e-5 }
        x += (1...2000).map { Float($0) * 1e-6 } + (1...2000).map { Float($0) * -1e-6 }
        let input = Tensor(x)
        let output = reference.activation(input)
        let value = worst(output.values, x, reference.floor, reference.f)
        #expect(value.0 <= reference.value, "value at \(value.1)")
        let saved = reference.activation.derivativeNeedsInput ? input : output
        let slopes = reference.activation.gradient(Tensor(repeating: 1, shape: [x.count]), saved: saved)
        let slope = worst(slopes.values, x, 1, reference.derivative)
        #expect(slope.0 <= reference.slope, "slope at \(slope.1)")
        var inPlace = input
        reference.activation.apply(to: &inPlace)
        #expect(inPlace == output)
    }

    @Test("values and slopes stay finite far out", arguments: references)
    private func extremes(_ reference: Reference) {
        let input = Tensor([-1e4, -500, -89, 89, 500, 1e4])
        guard reference.activation != .exponential else { return }
        let output = reference.activation(input)
        let saved = reference.activation.derivativeNeedsInput ? input : output
        let slopes = reference.activation.gradient(Tensor(repeating: 1, shape: [6]), saved: saved)
        for index in 0..<6 {
            let x = Double(input[index])
            #expect(abs(Double(output[index]) - reference.f(x)) <= 1e-6 * max(1, abs(x)), "value at \(x)")
            #expect(abs(Double(slopes[index]) - reference.derivative(x)) <= 1e-6, "slope at \(x)")
        }
    }

    @Test("the gradient is multiplied by what comes from above") func chain() {
        let (x, dy) = (Tensor([-1, 2, 3]), Tensor([5, -6, 0]))
        #expect(Activation.relu.gradient(dy, saved: Activation.relu(x)).values == [0, -6, 0])
    }

    @Test("the logarithm is good to single precision") func logarithm() {
        let x = (1...4000).map { Float($0) * 1e-3 } + (-120...120).map { exp2(Float($0) + 0.37) }
        for value in x {
            let expected = log(Double(value))
            #expect(abs(Double(scalarLog(value)) - expected) <= 3e-7 * max(abs(expected), 1e-1), "at \(value)")
        }
    }

    @Test("sine and cosine of turns") func circle() {
        for index in 0..<1024 {
            let turns = Float(index) / 1024 + Float(index % 7) * 1e-4
            let (sine, cosine) = sineAndCosine(turns: Vector(repeating: turns))
            #expect(abs(Double(sine[3]) - sin(2 * Double.pi * Double(turns))) < 3e-7)
            #expect(abs(Double(cosine[3]) - cos(2 * Double.pi * Double(turns))) < 3e-7)
        }
    }
}
