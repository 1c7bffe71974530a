import Auditing
import Foundation
import Statistics
import Testing

@Suite struct MembershipGradeTests {
    @Test("A grade of an older run, without the newer numbers, is read")
    func older() throws {
        let json = """
            {"members": 3, "nonMembers": 2, "balancedAccuracy": 0.7,
             "auc": {"value": 0.6, "interval": {"lower": 0.4, "upper": 0.8, "confidence": 0.95}},
             "operatingPoints": [{"target": 0.1, "falsePositiveRate": 0, "resolution": "not resolvable",
               "truePositiveRate": {"value": 0, "interval": {"lower": 0, "upper": 0.6, "confidence": 0.95}}}]}
            """
        let grade = try JSONDecoder().decode(MembershipGrade.self, from: Data(json.utf8))
        #expect(grade.members == 3 && grade.operatingPoints.count == 1)
        #expect(grade.advantage == nil && grade.impliedEpsilon == nil && grade.targets == nil)
        #expect(grade.operatingPoints[0].predictiveValues == nil)
    }

    @Test("A full grade comes back from JSON as it went")
    func roundTrip() throws {
        let roc = try ROC(scores: (0..<60).map { Double(($0 * 37) % 61) }, isMember: (0..<60).map { $0 % 3 == 0 })
        var grade = MembershipGrade(roc, rates: [0.5, 0.1, 0], confidence: 0.9, delta: 0.01)
        grade.transfers = [ThresholdTransfer(falsePositiveRate: 0.1, from: roc, to: roc, confidence: 0.9)]
        let decoded = try JSONDecoder().decode(MembershipGrade.self, from: try JSONEncoder().encode(grade))
        #expect(decoded == grade)
        #expect(grade.operatingPoints.map(\.target) == [0.5, 0.1, 0])
        #expect(grade.impliedEpsilon?.delta == 0.01)
    }

    @Test("Rates that nothing resolves imply no epsilon")
    func unresolved() throws {
        let roc = try ROC(scores: [2, 1], isMember: [true, false])
        #expect(MembershipGrade(roc, rates: [0.5]).impliedEpsilon == nil)
    }
}
