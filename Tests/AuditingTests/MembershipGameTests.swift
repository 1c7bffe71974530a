import Auditing
import Statistics
import Testing
import ThreatModel

@Suite struct MembershipGameTests {
    private let game = MembershipGame(secret: [true, false, true, true, false])
    private let scores = MembershipScores([0.9, 0.8, 0.7, 0.1, 0.1])

    /// Scores in no order, with a bonus for members.
    private func shuffledScores(_ secret: [Bool], modulus: Int, bonus: Double) -> [Double] {
        secret.enumerated().map { index, isMember in
            let score = Double((index * 104_729) % modulus)
            return isMember ? score + bonus : score
        }
    }

    @Test("A grade by hand: three members against two non-members, one pair tied, one lost")
    func grade() throws {
        // Pairs (member, non-member): .9 wins both; .7 loses to .8 and wins over .1; .1 loses and ties.
        let grade = try game.grade(scores)
        #expect(grade.members == 3 && grade.nonMembers == 2)
        #expect(grade.auc.value == 3.5 / 6)
        #expect(grade.auc.interval.contains(3.5 / 6))
        // Best threshold 0.9 (one of three members, no non-member) or 0.7 (two of three, one of two).
        #expect(abs(grade.balancedAccuracy - (1 + 1 / 3.0) / 2) < 1e-15)
    }

    @Test("The operating points are read from 10 % down to no false positive, and say what cannot be resolved")
    func operatingPoints() throws {
        let points = try game.grade(scores).operatingPoints
        #expect(points.map(\.target) == [0.1, 0.01, 0.001, 0.0001, 0])
        #expect(points.allSatisfy { $0.falsePositiveRate == 0 && $0.truePositiveRate.value == 1 / 3.0 })
        #expect(points.dropLast().allSatisfy { $0.resolution == .notResolvable && $0.predictiveValues == [] })
        #expect(points.last?.resolution == .coarse)
        #expect(points.last?.predictiveValues?.map(\.prior) == [0.01, 0.1, 0.5])
    }

    @Test("The grade is that of the ROC, at the confidence that was asked for", arguments: [0.9, 0.999])
    func confidence(_ confidence: Double) throws {
        let secret = (0..<300).map { $0 % 3 == 0 }
        let scores = shuffledScores(secret, modulus: 101, bonus: 20)
        let roc = try ROC(scores: scores, isMember: secret)
        let grade = try MembershipGame(secret: secret).grade(MembershipScores(scores), confidence: confidence)
        #expect(grade.auc == roc.aucEstimate(confidence: confidence))
        #expect(grade.balancedAccuracy == roc.balancedAccuracy)
        #expect(grade.advantage == roc.advantage)
        #expect(grade.twoSidedAUC == roc.twoSidedAUC(confidence: confidence))
        for (rate, found) in zip(MembershipGame.rates, grade.operatingPoints) {
            var expected = roc.operatingPoint(atFalsePositiveRate: rate, confidence: confidence)
            expected.predictiveValues = [0.01, 0.1, 0.5].compactMap {
                roc.positivePredictiveValue(atFalsePositiveRate: rate, prior: $0, confidence: confidence)
            }
            #expect(found == expected)
        }
        // 200 non-members resolve 10 % and 1 %, and show what none of them does.
        #expect(
            grade.impliedEpsilon
                == roc.impliedEpsilon(atFalsePositiveRates: [0.1, 0.01, 0], delta: 1e-5, confidence: confidence))
    }

    @Test("Thresholds from shadows are applied to the candidates, one per rate")
    func transfers() throws {
        let calibration = try ROC(scores: [0.95, 0.75, 0.6], isMember: [true, false, false])
        let transfers = try game.transfers(scores, from: calibration)
        #expect(transfers.map(\.target) == MembershipGame.rates)
        // No shadow non-member is at or above 0.95, and no candidate either.
        #expect(transfers.allSatisfy { $0.threshold == 0.95 && $0.truePositiveRate.value == 0 })
    }

    @Test("The complemented secret gives one minus the area")
    func complement() throws {
        let complemented = MembershipGame(secret: [false, true, false, false, true])
        #expect(try abs(complemented.grade(scores).auc.value + game.grade(scores).auc.value - 1) < 1e-15)
    }

    @Test("Too few scores, too many, and what is not a number are refused")
    func refused() {
        #expect(throws: StatisticsError.countsDiffer(scores: 4, labels: 5)) {
            try game.grade(MembershipScores([1, 2, 3, 4]))
        }
        #expect(throws: StatisticsError.countsDiffer(scores: 6, labels: 5)) {
            try game.curve(MembershipScores([1, 2, 3, 4, 5, 6]), name: "x")
        }
        #expect(throws: StatisticsError.notANumber(index: 2)) {
            try game.grade(MembershipScores([1, 2, .nan, 4, .nan]))
        }
        #expect(throws: StatisticsError.notANumber(index: 0)) {
            try game.curve(MembershipScores([.nan, 2, 3, 4, 5]), name: "x")
        }
    }

    @Test("A game without members, or with nothing else, cannot be graded")
    func oneSided() {
        #expect(throws: StatisticsError.noMember) {
            try MembershipGame(secret: [false, false]).grade(MembershipScores([1, 2]))
        }
        #expect(throws: StatisticsError.noNonMember) {
            try MembershipGame(secret: [true, true]).grade(MembershipScores([1, 2]))
        }
    }

    @Test("A short curve is the ROC, from the origin to (1, 1)")
    func shortCurve() throws {
        let line = try game.curve(MembershipScores([0.9, 0.8, 0.7, 0.6, 0.5]), name: "an attack")
        #expect(line.name == "an attack")
        #expect(line.x.first == 0 && line.y.first == 0)
        #expect(line.x.last == 1 && line.y.last == 1)
    }

    @Test("A long curve is thinned to a few hundred points of the ROC and keeps its ends")
    func longCurve() throws {
        let count = 20_000
        let secret = (0..<count).map { ($0 * 7919) % 13 < 6 }
        let scores = shuffledScores(secret, modulus: 20_011, bonus: 3000)
        let line = try MembershipGame(secret: secret).curve(MembershipScores(scores), name: "")
        #expect(line.x.count == line.y.count)
        #expect(line.x.count > 100 && line.x.count < 350)
        #expect(line.x.first == 0 && line.y.first == 0 && line.x.last == 1 && line.y.last == 1)
        #expect(zip(line.x, line.x.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(zip(line.y, line.y.dropFirst()).allSatisfy { $0 <= $1 })
        let points = try ROC(scores: scores, isMember: secret).points
        let vertices = Dictionary(grouping: points, by: \.falsePositiveRate)
        for (x, y) in zip(line.x, line.y) {
            #expect(vertices[x]?.contains { $0.truePositiveRate == y } == true, "(\(x), \(y)) is not on the ROC")
        }
    }

    @Test("A curve of a perfect attack reaches every member before the first non-member")
    func perfect() throws {
        let secret = (0..<40).map { $0 < 20 }
        let line = try MembershipGame(secret: secret)
            .curve(MembershipScores((0..<40).map { -Double($0) }), name: "")
        #expect(zip(line.x, line.y).allSatisfy { $0 == 0 || $1 == 1 })
        #expect(zip(line.x, line.y).contains { $0 == 0 && $1 == 1 })
    }
}
