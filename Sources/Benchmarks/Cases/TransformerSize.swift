import Models
import Tensors

/// The two transformers that are measured.
struct TransformerSize: Sendable {
    /// What the peer's program calls it.
    var name: String
    var layers: Int
    var width: Int
    var context: Int
    var batch: Int

    static let heads = 4
    static let small = TransformerSize(name: "small", layers: 4, width: 128, context: 128, batch: 32)
    static let medium = TransformerSize(name: "medium", layers: 6, width: 256, context: 256, batch: 16)

    /// The peer's network: no biases, the exact GELU; where the head is not tied, for the sake of DP-SGD, norms have them.
    func network(isTied: Bool = true) -> Transformer {
        Transformer(
            vocabulary: BenchmarkData.vocabulary, context: context, layers: layers, heads: Self.heads, width: width,
            isTied: isTied, activation: .exactGELU, hasBias: false, hasNormBias: !isTied)
    }

    func arithmetic(isTied: Bool = true) -> Arithmetic {
        .transformer(
            layers: layers, heads: Self.heads, width: width, context: context, vocabulary: BenchmarkData.vocabulary,
            isTied: isTied)
    }

    func program(_ mode: String, ways: [PeerProgram.Way]) -> PeerProgram {
        PeerProgram(file: "bench_gpt_torch.py", arguments: ["--size", name, "--mode", mode], ways: ways)
    }
}
