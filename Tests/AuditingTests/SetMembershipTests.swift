import Auditing
import Statistics
import Tensors
import Testing

@Suite struct SetMembershipTests {
    private let random = RandomStream(seed: 5)["sets"]

    @Test("Sets of one are the area under the curve, within the noise of the draws")
    func singles() throws {
        let isMember = (0..<60).map { $0 % 2 == 0 }
        let scores = isMember.enumerated().map { index, isMember -> Double in
            let score = Double((index * 23) % 31)
            return isMember ? score + 6 : score
        }
        let sets = try SetMembership(scores: scores, isMember: isMember, setSize: 1, pairs: 6000, random: random)
        let area = try ROC(scores: scores, isMember: isMember).auc
        // The standard error is below 0.0065.
        #expect(abs(sets.accuracy.value - area) < 0.021)
        #expect(sets.pairs == 6000 && sets.setSize == 1)
    }

    @Test("All candidates in one pair of sets: the larger total wins, always, and the interval is that of one trial")
    func whole() throws {
        let sets = try SetMembership(
            scores: [3, 0, 1, 1], isMember: [true, true, false, false], setSize: 2, pairs: 7, random: random)
        #expect(sets.accuracy.value == 1)
        #expect(sets.accuracy.interval == .clopperPearson(successes: 1, trials: 1, confidence: 0.95))
        let tied = try SetMembership(
            scores: [1, 1, 1, 1], isMember: [true, true, false, false], setSize: 2, pairs: 7, random: random)
        #expect(tied.accuracy.value == 0.5 && tied.topHalfAccuracy.value == 0.5)
    }

    @Test("Weak evidence adds up: ten records are told apart far better than one, and scores without a leak are not")
    func adding() throws {
        func noise(_ name: String) -> [Double] { (0..<2000).map { random[name].uniform($0) } }
        let isMember = (0..<2000).map { $0 < 1000 }
        let leaky = zip(noise("leaky"), isMember).map { score, isMember in isMember ? score + 0.1 : score }
        let one = try SetMembership(scores: leaky, isMember: isMember, setSize: 1, random: random)
        let ten = try SetMembership(scores: leaky, isMember: isMember, setSize: 10, random: random)
        // Differences of sums of n uniforms have mean 0.1·n and variance n/6: 0.595 and 0.78.
        #expect(abs(one.accuracy.value - 0.595) < 0.06)
        #expect(abs(ten.accuracy.value - 0.78) < 0.06)
        let blind = try SetMembership(scores: noise("blind"), isMember: isMember, setSize: 10, random: random)
        #expect(blind.accuracy.interval.contains(0.5))
    }

    @Test("The same seed gives the same sets, another one others")
    func seeded() throws {
        let isMember = (0..<40).map { $0 < 20 }
        let scores = (0..<40).map { Double(($0 * 17) % 41) }
        func accuracy(_ random: RandomStream) throws -> Double {
            try SetMembership(scores: scores, isMember: isMember, setSize: 3, pairs: 50, random: random).accuracy.value
        }
        #expect(try accuracy(random) == accuracy(random))
        #expect(try Set((0..<5).map { try accuracy(random[$0]) }).count > 1)
    }

    @Test("The better half: by hand, with a tie across the border, and with fewer members than non-members")
    func topHalf() throws {
        func accuracy(_ scores: [Double], _ isMember: [Bool]) throws -> Double {
            try ROC(scores: scores, isMember: isMember).topHalfAccuracy(confidence: 0.95).value
        }
        #expect(try accuracy([4, 3, 2, 1], [true, false, true, false]) == 0.5)
        #expect(try accuracy([4, 2, 3, 1], [true, true, false, false]) == 0.5)
        #expect(try accuracy([4, 3, 2, 1], [true, true, false, false]) == 1)
        // Flagged are 4 and one of the three that tie, two of which are members.
        let tied = try accuracy([4, 3, 3, 3, 0], [true, true, true, false, false])
        #expect(abs(tied - 2 * (5 / 3.0) / 5) < 1e-12)
        // One member among six, on top: it and the three below the border are called right.
        #expect(try accuracy([6, 5, 4, 3, 2, 1], [true, false, false, false, false, false]) == 4 / 6.0)
    }

    @Test("Sets larger than the candidates and undefined totals are refused")
    func refusals() {
        #expect(throws: StatisticsError.tooFew(needed: 2, found: 1)) {
            try SetMembership(scores: [1, 2, 3], isMember: [true, false, false], setSize: 2, random: random)
        }
        #expect(throws: StatisticsError.notFinite(index: 0)) {
            try SetMembership(scores: [-.infinity, .infinity], isMember: [true, false], setSize: 1, random: random)
        }
    }
}
