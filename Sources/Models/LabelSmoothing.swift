import Tensors

extension Records {
    /// Returns the records with, for each label, a target distribution that gives a share to all classes alike.
    ///
    /// - Parameters:
    ///   - share: α in (1 − α)·one-hot + α/K, from 0 up to 1.
    ///   - classes: K; every label lies below it.
    /// - Returns: The same features and labels, with targets of shape [count, classes].
    /// - Precondition: The records have labels.
    /// - Source: Szegedy et al. 2016, <https://arxiv.org/abs/1512.00567>, section 7. It helps model inversion: Struppek,
    ///   Hintersdorf and Kersting 2024, <https://arxiv.org/abs/2310.06549>.
    public func smoothingLabels(by share: Float, classes: Int) -> Records {
        guard let features, let labels else { preconditionFailure("label smoothing needs records with labels") }
        var targets = Tensor.oneHot(labels, classes: classes)
        targets.scale(by: 1 - share)
        targets.add(Tensor(repeating: share / Float(classes), shape: targets.shape))
        return Records(features: features, labels: labels, targets: targets)
    }
}
