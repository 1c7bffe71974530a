import Attacks
import Datasets
import ThreatModel

extension Arena {
    /// Eleven characters: the unknown one, and five letters in both cases.
    static func letters() throws -> Tokeniser {
        .characters(try CharacterTokeniser(corpus: TextCorpus(documents: [.init(name: "", text: "ABCDEabcde")])))
    }
}

extension ContractCase {
    /// Attacks on language models: one line each.
    static let textCases: [ContractCase] = [
        membership(
            SignalAttack<_, Scores>(ReferenceRatio(), signal: .tokenLoss), Arena.transformer, signal: .tokenLoss),
        membership(
            SignalAttack<_, Scores>(ReferenceDifference(), signal: .tokenLoss), Arena.transformer, signal: .tokenLoss),
        membership(ZlibRatio(), Arena.transformer),
        membership(LowercaseRatio(), Arena.transformer),
        membership(MinK(), Arena.transformer),
        membership(MinKPlusPlus(), Arena.transformer),
        membership(Neighbourhood(neighbours: 5), Arena.transformer, queries: 1200),
        membership(ReCaLL(), Arena.transformer, queries: 1000),
    ]
}
