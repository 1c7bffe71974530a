import Models
import Tensors
import TestSupport
import Testing
import ThreatModel

@Suite struct OutputNoiseTests {
    @Test("Rows stay distributions, and the label is that of the noisy row")
    func distributionsStay() throws {
        let rows = distributions(300, classes: 5, seed: 2)
        let told = try Oracle.Echo().defended("noise=0.3").classes(rows)
        let noisy = try #require(told.probabilities)
        #expect(told.labels == noisy.rowArgmax())
        #expect(told.labels != rows.rowArgmax())
        #expect(noisy.values.allSatisfy { $0 >= 0 })
        #expect(noisy.rowSums().values.allSatisfy { abs($0 - 1) < 1e-5 })
    }

    @Test("The noise is Gaussian of the stated deviation: of 4,000 logits within four standard errors")
    func deviation() throws {
        let zeros = Tensor.zeros([40, 100])
        let oracle = Oracle(answers: [.logits: .vectors(zeros)])
        let noise = try oracle.defended("noise=0.2").vectors(.logits((0..<40).map { [$0] })).doubles
        let mean = noise.reduce(0, +) / 4000
        let variance = noise.reduce(0) { $0 + $1 * $1 } / 4000
        #expect(abs(mean) < 4 * 0.2 / 4000.0.squareRoot())
        #expect(abs(variance / 0.04 - 1) < 4 * (2 / 4000.0).squareRoot())
        #expect(abs(Double(noise.count { abs($0) > 0.4 }) / 4000 - 0.0455) < 4 * (0.0455 * 0.9545 / 4000).squareRoot())
    }

    @Test("Two defences of a chain have noise of their own: the deviation of both is √2 that of one, within 4 errors")
    func chain() throws {
        let oracle = Oracle(answers: [.logits: .vectors(.zeros([40, 100]))])
        let noise = try oracle.defended("noise=0.2", "noise=0.2").vectors(.logits((0..<40).map { [$0] })).doubles
        let variance = noise.reduce(0) { $0 + $1 * $1 } / 4000
        #expect(abs(variance / 0.08 - 1) < 4 * (2 / 4000.0).squareRoot())
    }

    @Test("Two models of one owner have noise of their own, which no difference of their answers cancels")
    func models() throws {
        let oracle = Oracle(answers: [.logits: .vectors(.zeros([1, 100]))])
        func noise(_ model: String) throws -> Tensor {
            let material = DefenceMaterial(random: RandomStream(seed: 5), model: model)
            return try oracle.defended("noise=0.2", material: material).vectors(.logits([[1]]))
        }
        #expect(try noise("a") == noise("a"))
        #expect(try zip(noise("a").values, noise("b").values).allSatisfy { $0 != $1 })
    }

    @Test("Whoever asks twice, or in another batch, gets the same noise, so an average tells no more")
    func sameNoise() throws {
        let rows = distributions(6, classes: 4, seed: 3)
        let service = try Oracle.Echo().defended("noise=0.1")
        let told = try #require(service.classes(rows).probabilities)
        #expect(try service.classes(rows).probabilities == told)
        let turned = try #require(service.classes(rows.gatherRows([5, 2, 5])).probabilities)
        #expect(turned == told.gatherRows([5, 2, 5]))
        #expect(told.row(0) != told.row(1))
    }

    @Test("Another owner's noise is another, and a query that differs by a bit gets other noise")
    func otherNoise() throws {
        let row = Tensor([0.3, 0.7], shape: [1, 2])
        let mine = try Oracle.Echo().defended("noise=0.1").classes(row)
        let other = DefenceMaterial(random: RandomStream(seed: 6))
        #expect(try Oracle.Echo().defended("noise=0.1", material: other).classes(row) != mine)
        let near = Tensor([Float(0.3).nextUp, 0.7], shape: [1, 2])
        let told = try Oracle.Echo().defended("noise=0.1").classes(near)
        #expect(abs((told.probabilities?[0] ?? 0) - (mine.probabilities?[0] ?? 0)) > 1e-4)
    }

    @Test("The noise of a token depends on the tokens before it: not on bias, number of choices or what follows")
    func tokens() throws {
        let service = try languageModel().defended("noise=0.5")
        func told(_ change: (inout CompletionQuery) -> Void) throws -> [RankedToken] {
            var query = CompletionQuery(prompts: [[1, 2, 3]], maxTokens: 1)
            query.logProbabilities = 8
            change(&query)
            let place = try #require(service.completions(query)[0].places?[query.echoes ? 3 : 0])
            #expect(
                place.logProbability == place.top.first { $0.logProbability == place.logProbability }?.logProbability)
            return place.top
        }
        let plain = try told { _ in }
        #expect(try told { $0.maxTokens = 4 } == plain)
        #expect(try told { $0.choices = 2 } == plain)
        #expect(try told { $0.echoes = true } == plain)
        #expect(plain.map(\.logProbability) == plain.map(\.logProbability).sorted(by: >))
        #expect(plain.allSatisfy { $0.logProbability <= 0 })
        // A bias of every token alike changes no log-probability, so none of the noise either.
        let biased = try told { for token in Int32(0)..<8 { $0.bias[token] = 2 } }
        #expect(biased.map(\.token) == plain.map(\.token))
        expectClose(biased.map(\.logProbability), plain.map { Double($0.logProbability) })
        let other = try told { $0.prompts = [[1, 2, 4]] }
        #expect(other.map(\.logProbability) != plain.map(\.logProbability))
    }

    @Test("A conditional encoder's noise depends on the class as well")
    func conditional() throws {
        let service = try Oracle(answers: [.encode: .vectors(.zeros([1, 3]))]).defended("noise=1")
        let row = Tensor([0.1, 0.2], shape: [1, 2])
        #expect(try service.vectors(.encode(row, labels: [0])) != service.vectors(.encode(row, labels: [1])))
        #expect(try service.vectors(.encode(row, labels: [1])) == service.vectors(.encode(row, labels: [1])))
    }
}
