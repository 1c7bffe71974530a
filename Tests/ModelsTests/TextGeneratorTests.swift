import Autograd
import Models
import Tensors
import TestSupport
import Testing

@Suite("Text is generated as the full forward pass would") struct TextGeneratorTests {
    @Test("logits of each step equal those of the whole sequence", arguments: TransformerTests.models)
    func steps(_ model: Transformer) {
        let parameters = TransformerTests.parameters(model)
        let sequences = [Family.tokens(12, 11, 1), Family.tokens(12, 11, 2), Family.tokens(12, 11, 3)]
        let whole = model.logits(
            sequences.flatMap { $0 }, length: 12, BoundParameters(parameters, on: Tape(.inference))
        ).value
        var generator = TextGenerator(model, parameters, sequences: 3)
        for position in 0..<12 {
            let step = generator.step(sequences.map { $0[position] })
            expectClose(step, whole.gatherRows((0..<3).map { $0 * 12 + position }), tolerance: 1e-4)
        }
    }

    @Test("what is begun in one pass goes on as what was fed token by token", arguments: TransformerTests.models)
    func beginning(_ model: Transformer) {
        let parameters = TransformerTests.parameters(model)
        let sequences = [Family.tokens(12, 11, 1), Family.tokens(12, 11, 2), Family.tokens(12, 11, 3)]
        let whole = model.logits(
            sequences.flatMap { $0 }, length: 12, BoundParameters(parameters, on: Tape(.inference))
        ).value
        for length in [1, 2, 7, 12] {
            var generator = TextGenerator(model, parameters, sequences: 3)
            var found = generator.begin(sequences.flatMap { $0.prefix(length) })
            for position in length...12 {
                expectClose(found, whole.gatherRows((0..<3).map { $0 * 12 + position - 1 }), tolerance: 1e-4)
                if position < 12 { found = generator.step(sequences.map { $0[position] }) }
            }
        }
    }

    @Test("a copied generator goes its own way") func copies() {
        let model = TransformerTests.models[0]
        var first = TextGenerator(model, TransformerTests.parameters(model), sequences: 1)
        _ = first.step([1])
        var second = first
        _ = second.step([5])
        var third = first
        _ = third.step([2])
        let expected = third.step([3])
        _ = first.step([2])
        #expect(first.step([3]) == expected)
    }

    @Test("greedy continuations take the likeliest token, up to the whole context", arguments: TransformerTests.models)
    func greedy(_ model: Transformer) {
        let parameters = TransformerTests.parameters(model)
        let prefixes: [[Int32]] = [[1, 2, 3], [4, 4, 0]]
        // Three tokens and ten more make thirteen: the last one is never fed back.
        let found = TextGenerator.continuations(of: prefixes, by: 10, model, parameters, .greedy)
        for (prefix, continuation) in zip(prefixes, found) {
            #expect(continuation.count == 10)
            let text = prefix + continuation
            let logits = model.logits(
                Array(text.prefix(12)), length: 12, BoundParameters(parameters, on: Tape(.inference))
            ).value
            #expect(Array(logits.rowArgmax()[2...]) == continuation)
        }
        #expect(TextGenerator.continuations(of: prefixes, by: 0, model, parameters, .greedy) == [[], []])
        #expect(TextGenerator.continuations(of: [], by: 3, model, parameters, .greedy) == [])
    }

    /// Chi-square with 10 degrees of freedom at level 1e-4 is 35.6.
    @Test("sampled tokens follow the softmax at their temperature", arguments: [Float(1), 2])
    func sampled(_ temperature: Float) {
        let model = TransformerTests.models[0]
        let parameters = TransformerTests.parameters(model)
        let count = 20_000
        let prefixes = [[Int32]](repeating: [1, 2], count: count)
        func draw(_ seed: UInt64) -> [Int] {
            let found = TextGenerator.continuations(
                of: prefixes, by: 1, model, parameters, SamplingRule(temperature: temperature),
                RandomStream(seed: seed), batch: 1000)
            return found.reduce(into: [Int](repeating: 0, count: 11)) { $0[Int($1[0])] += 1 }
        }
        let bound = BoundParameters(parameters, on: Tape(.inference))
        let logits = model.logits([1, 2], length: 2, bound).value.rows(1..<2)
        func statistic(_ temperature: Float, _ counts: [Int]) -> Double {
            let expected = (logits * (1 / temperature)).softmax().doubles.map { $0 * Double(count) }
            return zip(counts, expected).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) / $1.1 }
        }
        #expect(statistic(temperature, draw(1)) < 35.6)
        // Negative control: another temperature.
        #expect(statistic(temperature * 1.2, draw(1)) > 35.6)
        #expect(draw(1) == draw(1) && draw(1) != draw(2))
    }

    @Test("a sequence depends neither on the batch that it is in nor on where the prefix ends") func addresses() {
        let model = TransformerTests.models[2]
        let parameters = TransformerTests.parameters(model)
        let rule = SamplingRule(temperature: 1.2, topK: 8, topP: 0.95)
        func draw(_ prefixes: [[Int32]], by count: Int, from first: Int = 0, batch: Int = 64, seed: UInt64 = 4)
            -> [[Int32]]
        {
            TextGenerator.continuations(
                of: prefixes, by: count, model, parameters, rule, RandomStream(seed: seed), from: first, batch: batch)
        }
        let prefixes = (0..<7).map { [Int32($0), 3, 1] }
        let together = draw(prefixes, by: 9)
        #expect(Set(together).count > 1 && together.allSatisfy { $0.count == 9 })
        for batch in [1, 2, 3] { #expect(draw(prefixes, by: 9, batch: batch) == together) }
        for (number, prefix) in prefixes.enumerated() {
            #expect(draw([prefix], by: 9, from: number) == [together[number]])
        }
        let later = zip(prefixes, together).map { $0 + $1.prefix(4) }
        #expect(draw(later, by: 5) == together.map { Array($0.dropFirst(4)) })
        // Negative controls: another number and another seed are other draws.
        #expect(draw([prefixes[0]], by: 9, from: 1) != [together[0]])
        #expect(draw(prefixes, by: 9, seed: 5) != together)
    }
}
