import Lab
import Statistics
import Tensors
import Testing

@Suite("Sampler")
struct SamplerChiSquaredTests {
    private let records = 100
    private let steps = 200

    private func poisson(_ seed: UInt64, rate: Double = 0.1) -> [[Int]] {
        (0..<steps).map { step in
            let flips = RandomStream(seed: seed)[step].coinFlips(records, probability: rate)
            return flips.indices.filter { flips[$0] }
        }
    }

    private func verdict(_ batches: [[Int]], rate: Double = 0.1, level: Double = 0.999) -> Verdict {
        SamplerChiSquared.verdict(on: BatchList(records: records, batches), rate: rate, level: level)
    }

    @Test("The correct twin is accepted at least as often as stated (level 95 % over 400 seeds, test level 0.001)")
    func falseAlarms() {
        let step = Specimen.correct.step(
            MechanismClaim(clippingNorm: 1, noiseMultiplier: 1, batch: 10, records: records))
        let alarms = (0..<400).count { seed in
            let random = RandomStream(seed: UInt64(seed))
            return verdict((0..<steps).map { step.batch(step: $0, random: random) }, level: 0.95).isCaught
        }
        let law = Binomial(trials: 400, probability: 0.05)
        #expect(law.probability(atLeast: alarms) > 0.001, "\(alarms) alarms")
        #expect(alarms > 2, "tests that never speak")
    }

    @Test("At small rates and few steps, where counts are skewed, alarms stay as rare (level 95 %, 400 seeds, 0.001)")
    func skewed() {
        let alarms = (0..<400).count { seed in
            verdict(Array(poisson(UInt64(seed), rate: 0.02).prefix(60)), rate: 0.02, level: 0.95).isCaught
        }
        #expect(Binomial(trials: 400, probability: 0.05).probability(atLeast: alarms) > 0.001, "\(alarms) alarms")
    }

    @Test("Another rate is rejected, by the number of records among others", arguments: [0.08, 0.125, 1])
    func otherRate(found: Double) {
        let verdict = verdict(poisson(1, rate: found))
        let total = verdict.checks.first { $0.name == "the number of records read" }
        #expect(verdict.isCaught && total.map { ($0.pValue ?? 1) < 1e-9 } == true)
        #expect(total.map { abs($0.statistic / (10 * found) - 1) < 0.03 } == true)
    }

    @Test("Shuffled batches of one size are not Poisson")
    func shuffled() {
        let batches = (0..<steps / 10).flatMap { epoch -> [[Int]] in
            let order = RandomStream(seed: 3)[epoch].permutation(records)
            return (0..<10).map { Array(order[10 * $0..<10 * $0 + 10]) }
        }
        let found = verdict(batches)
        #expect(found.isCaught)
        for name in ["the spread of the batch sizes", "the spread of how often records are read"] {
            #expect(found.checks.first { $0.name == name }.map { $0.statistic == 0 && ($0.pValue ?? 1) < 1e-9 } == true)
        }
    }

    @Test("Batches of one size that are drawn afresh are caught by their sizes alone")
    func fixedSize() {
        let found = verdict((0..<steps).map { Array(RandomStream(seed: 4)[$0].permutation(records).prefix(10)) })
        #expect(found.isCaught && found.words.hasPrefix("the spread of the batch sizes"))
        #expect(
            found.checks.first { $0.name.hasPrefix("the spread of how often") }.map { ($0.pValue ?? 0) > 1e-3 } == true)
    }

    @Test("Batches with two sizes of the right mean and variance are caught by their distribution")
    func twoSizes() {
        let found = verdict(
            (0..<steps).map { step in
                let size = RandomStream(seed: 5)[step].coinFlips(1)[0] ? 13 : 7
                return Array(RandomStream(seed: 6)[step].permutation(records).prefix(size))
            })
        #expect(found.isCaught && found.words.hasPrefix("the distribution of the batch sizes"))
    }

    @Test("A favoured record, two that come together and a batch that comes twice are caught")
    func favours() {
        let fair = poisson(7)
        let favoured = fair.indices.map { $0 % 2 == 0 ? Array(Set(fair[$0] + [5])) : fair[$0] }
        #expect(verdict(favoured).words.hasPrefix("the spread of how often"))
        let tied = fair.map { $0.contains(8) ? Array(Set($0 + [9])) : $0.filter { $0 != 9 } }
        #expect(verdict(tied).words.hasPrefix("how often two records"))
        let repeated = fair.indices.map { fair[$0 / 2 * 2] }
        #expect(verdict(repeated).words.hasPrefix("the overlap"))
        #expect(!verdict(fair).isCaught)
    }

    @Test("A record twice in a batch is no coin flip; at rate 1 every batch must hold every record")
    func impossible() {
        #expect(verdict(poisson(7) + [[3, 3]]).words.hasPrefix("a record twice"))
        let all = Array(0..<records)
        #expect(!verdict([all, all], rate: 1).isCaught)
        #expect(verdict([all, Array(all.dropLast())], rate: 1).isCaught)
    }
}
