import Attacks
import ThreatModel

extension ContractCase {
    /// Attacks on language models: one line each.
    static let textCases: [ContractCase] = [
        signals(ReferenceRatio(), .tokenLoss, Arena.transformer),
        signals(ReferenceDifference(), .tokenLoss, Arena.transformer),
        membership(ZlibRatio(), Arena.transformer),
        membership(LowercaseRatio(), Arena.transformer),
        membership(MinK(), Arena.transformer),
        membership(MinKPlusPlus(), Arena.transformer),
        membership(Neighbourhood(neighbours: 5), Arena.transformer, queries: 1200),
        membership(ReCaLL(), Arena.transformer, queries: 1000),
    ]
}
