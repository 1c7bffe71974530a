import Auditing
import Foundation
import Statistics
import Testing
import ThreatModel

@Suite struct LeaveOneOutGameTests {
    private let secrets = [[true, false, true, false], [false, true, true, false], [true, true, false, false]]
    private let scores = [[4.0, 1, 3, 2], [2, 5, 1, 3], [6, 2, 4, 0]].map(MembershipScores.init)

    @Test("The grade is that of the clustered ROC, and each transfer uses the threshold of the other targets")
    func grade() throws {
        let grade = try LeaveOneOutGame(secrets: secrets).grade(scores, confidence: 0.9)
        let roc = try ClusteredROC(scores: scores.map(\.values), isMember: secrets)
        #expect(grade.pooled.targets == 3 && grade.pooled.members == 6 && grade.pooled.nonMembers == 6)
        #expect(grade.pooled.auc == roc.aucEstimate(confidence: 0.9).estimate)
        #expect(grade.areaError == roc.aucEstimate(confidence: 0.9).standardError)
        #expect(grade.pooled.operatingPoints.map(\.target) == MembershipGame.rates)
        #expect(grade.meanAUC == (try meanInterval([1, 0.5, 0.75], confidence: 0.9)))
        // With no false positive among the others their thresholds are 5, 6 and 4 in turn; only the last flags
        // anything, one of two members and one of two non-members.
        let transfer = try #require(grade.transfers.last)
        #expect(transfer.target == 0 && transfer.resolution == .coarse)
        #expect(abs(transfer.truePositiveRate.value - 1 / 6.0) < 1e-15)
        #expect(abs(transfer.falsePositiveRate.value - 1 / 6.0) < 1e-15)
        let ownRate = try #require(grade.meanRates[4])
        #expect(ownRate.value == (1 + 0.5 + 0.5) / 3)
        #expect(grade.meanRates[1] == nil, "two non-members do not resolve 1 %")
    }

    @Test("Advantage and balanced accuracy are those of the pooled curve")
    func advantage() throws {
        let grade = try LeaveOneOutGame(secrets: secrets).grade(scores)
        let pooled = try ROC(scores: scores.flatMap(\.values), isMember: secrets.flatMap(\.self))
        #expect(grade.pooled.advantage == pooled.advantage)
        #expect(abs(grade.pooled.balancedAccuracy - pooled.balancedAccuracy) < 1e-15)
    }

    @Test("It comes back from JSON as it went")
    func roundTrip() throws {
        let grade = try LeaveOneOutGame(secrets: secrets).grade(scores)
        #expect(try JSONDecoder().decode(LeaveOneOutGrade.self, from: try JSONEncoder().encode(grade)) == grade)
    }

    @Test("A missing target and a single one are refused")
    func refusals() {
        #expect(throws: StatisticsError.countsDiffer(scores: 2, labels: 3)) {
            try LeaveOneOutGame(secrets: secrets).grade(Array(scores.prefix(2)))
        }
        #expect(throws: StatisticsError.tooFew(needed: 2, found: 1)) {
            try LeaveOneOutGame(secrets: [secrets[0]]).grade([scores[0]])
        }
    }
}
