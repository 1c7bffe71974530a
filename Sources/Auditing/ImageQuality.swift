import Autograd
import Foundation
public import Models
public import Tensors

/// The peak signal-to-noise ratio of images in [0, 1], in decibels: −10·log₁₀ of the mean squared error.
///
/// - Shapes: both [count, pixels]. Capped at 100 dB for exact copies.
public func peakSignalToNoise(_ images: Tensor, _ originals: Tensor) -> Double {
    let error = images.rowSquaredDistances(originals).sum() / Double(max(images.count, 1))
    return min(100, -10 * log10(max(error, 1e-10)))
}

func logarithm(_ x: Float) -> Double { Foundation.log(Double(x)) }

/// Judges generated images by a classifier that was trained apart, on other records.
public struct SampleJudge: Sendable {
    private let network: Classifier
    private let parameters: Parameters

    /// Wraps a trained classifier; `nil` when the model is none.
    public init?(_ model: Model) {
        guard case .classifier(let network) = model.architecture else { return nil }
        (self.network, parameters) = (network, model.parameters)
    }

    /// How many images the classifier assigns to each class.
    public func classes(_ images: Tensor) -> [Int] {
        let logits = evaluate(parameters, on: Records(features: images)) { bound, batch in
            network.logits(bound.tape.constant(batch.requiredFeatures), bound)
        }
        var counts = [Int](repeating: 0, count: network.classes)
        for label in logits.rowArgmax() { counts[Int(label)] += 1 }
        return counts
    }

    /// The share of images that the classifier assigns to the given labels.
    public func accuracy(_ images: Tensor, _ labels: [Int32]) -> Double {
        let logits = evaluate(parameters, on: Records(features: images)) { bound, batch in
            network.logits(bound.tape.constant(batch.requiredFeatures), bound)
        }
        return Double(zip(logits.rowArgmax(), labels).count { $0 == $1 }) / Double(max(labels.count, 1))
    }

    /// How many classes have at least one in a hundred of the images.
    public func classesFound(_ images: Tensor) -> Int { classes(images).count { $0 * 100 >= images.rows } }

    /// The squared Fréchet distance between two sets of images in the features of the classifier's last hidden layer.
    public func frechetDistance(_ a: Tensor, _ b: Tensor) -> Double {
        Tensors.frechetDistance(features(a), features(b))
    }

    /// What the last layer reads of each image, shape [count, features].
    func features(_ images: Tensor) -> Tensor {
        evaluate(parameters, on: Records(features: images)) { bound, batch in
            network.features(bound.tape.constant(batch.requiredFeatures), bound)
        }
    }
}
