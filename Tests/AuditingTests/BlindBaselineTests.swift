import Auditing
import Models
import Statistics
import Tensors
import Testing
import ThreatModel

@Suite struct BlindBaselineTests {
    private static let count = 240
    private static let secret = RandomStream(seed: 1)["secret"].coinFlips(count)

    /// Windows of 16 tokens out of 40; of a member a share of them is one of the last three tokens.
    private static func windows(shift: Double) -> Records {
        let random = RandomStream(seed: 2)
        let tokens = (0..<count).flatMap { record -> [Int32] in
            let draws = random["token"][record].words(16)
            let isShifted = random["shift"][record].coinFlips(16, probability: secret[record] ? shift : 0)
            return zip(draws, isShifted).map { Int32($1 ? 37 + $0 % 3 : $0 % 40) }
        }
        return Records(tokens: tokens, window: 16)
    }

    private func grade(_ scores: MembershipScores) throws -> MembershipGrade {
        try MembershipGame(secret: Self.secret).grade(scores, confidence: 0.999)
    }

    @Test("On a split by coin flips it is at chance, and says nothing", arguments: [1, 2, 3] as [UInt64])
    func chance(_ seed: UInt64) throws {
        let scores = try BlindBaseline(secret: Self.secret).scores(
            of: Self.windows(shift: 0), random: RandomStream(seed: seed))
        let grade = try grade(scores)
        #expect(grade.auc.interval.contains(0.5), "\(grade.auc)")
        #expect(BlindBaseline.warning(grade) == nil)
    }

    @Test("On a shifted split it is far above chance, and says so")
    func shifted() throws {
        let scores = try BlindBaseline(secret: Self.secret).scores(
            of: Self.windows(shift: 0.3), random: RandomStream(seed: 1))
        let grade = try grade(scores)
        #expect(grade.auc.value > 0.9)
        let warning = try #require(BlindBaseline.warning(grade))
        #expect(warning.contains("without any model") && !warning.contains("\n"))
    }

    @Test("A classifier that saw its candidates would be far above chance on the coin flips too")
    func inSample() throws {
        // Negative control: a token of its own for each candidate is what only memory can use.
        let bags = (0..<Self.count).map { [Int32($0), 1000] }
        let auc = try grade(BlindBaseline(secret: Self.secret).scores(ofBags: bags, random: RandomStream(seed: 1))).auc
        #expect(auc.interval.contains(0.5))
        // With every bag twice, half of the twins are usually in the training folds.
        let twins = try BlindBaseline(secret: Self.secret + Self.secret).scores(
            ofBags: bags + bags, random: RandomStream(seed: 1))
        let found = try MembershipGame(secret: Self.secret + Self.secret).grade(twins).auc.value
        #expect(found > 0.7)
    }

    @Test("The coefficients minimise the penalised loss: two kinds of one token each, by hand")
    func byHand() throws {
        // 40 members say 1, 40 others say 2; by symmetry the log-odds are ±z with z = 2w/(1 + …): w(1 + λ…) below.
        let secret = (0..<80).map { $0 % 2 == 0 }
        let penalty = 0.1
        let scores = try BlindBaseline(secret: secret, folds: 2, penalty: penalty).scores(
            ofBags: secret.map { [$0 ? 1 : 2] }, random: RandomStream(seed: 5))
        // Coefficients w and −w, no intercept: λw = ½·σ(−w).
        let w = try #require(scores.values.first)
        #expect(abs(penalty * w - 0.5 / (1 + exponential(w))) < 1e-5)
        #expect(zip(scores.values, secret).allSatisfy { abs($0 - ($1 ? w : -w)) < 1e-5 })
    }

    private func exponential(_ x: Double) -> Double { Double(Activation.exponential(Tensor([Float(x)])).scalar) }

    @Test("Words of texts count whatever their case, and nothing else of them does")
    func texts() throws {
        let texts = Self.secret.map { $0 ? "The, STATE 7" : "the—union 7" }
        let bags: [[Int32]] = Self.secret.map { $0 ? [0, 1, 2] : [0, 3, 2] }
        let random = RandomStream(seed: 4)
        let baseline = BlindBaseline(secret: Self.secret)
        let scores = try baseline.scores(ofTexts: texts, random: random)
        let expected = try baseline.scores(ofBags: bags, random: random)
        #expect(zip(scores.values, expected.values).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(try grade(scores).auc.value == 1)
    }

    @Test("The same seed gives the same scores, another one other folds")
    func deterministic() throws {
        let (baseline, windows) = (BlindBaseline(secret: Self.secret), Self.windows(shift: 0.3))
        let first = try baseline.scores(of: windows, random: RandomStream(seed: 1))
        #expect(try baseline.scores(of: windows, random: RandomStream(seed: 1)) == first)
        #expect(try baseline.scores(of: windows, random: RandomStream(seed: 2)) != first)
    }

    @Test("Too few candidates of a kind, or bags of other candidates, are refused")
    func refused() {
        let few = BlindBaseline(secret: [true, true, true, false, false, false, false], folds: 4)
        for bags in [[[Int32]](repeating: [1], count: 7), [[1]]] {
            #expect(throws: ThreatModelError.self) { try few.scores(ofBags: bags, random: RandomStream(seed: 1)) }
        }
    }
}
