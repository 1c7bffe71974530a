import Attacks
import ThreatModel

extension ContractCase {
    /// A small walk: 37 labels per candidate.
    private static let boundary = BoundaryDistance(iterations: 1, evaluations: 16, bisections: 8, sizes: 4)

    /// Attacks on classifiers: one line each.
    ///
    /// The variational autoencoder of the arena has learned too little by heart for the norm of the gradient, which is
    /// therefore checked on the other families here and on all in its own tests.
    static let classifierCases: [ContractCase] = [
        membership(Correctness(), Arena.classifier),
        membership(PredictionEntropy(), Arena.classifier),
        membership(ModifiedEntropy(), Arena.classifier),
        membership(ModifiedEntropy(classwise: true), Arena.classifier),
        membership(ShadowClassifier(), Arena.classifier),
        membership(MLLeaks1(), Arena.classifier),
        membership(MLLeaks2(), Arena.classifier),
        membership(MLLeaks3(), Arena.classifier),
        membership(boundary, Arena.classifier, queries: boundary.queriesPerCandidate * Arena.candidateCount),
        membership(NoiseRobustness(copies: 20), Arena.classifier, queries: 20 * Arena.candidateCount),
        membership(AugmentationAttack(), Arena.classifier, queries: 5 * Arena.candidateCount),
        membership(GradientNorm(), Arena.classifier),
        membership(GradientNorm(), Arena.autoencoder),
        membership(GradientNorm(), Arena.transformer),
    ]
}
