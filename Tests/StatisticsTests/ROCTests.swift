import Foundation
import TestSupport
import Testing

@testable import Statistics

@Suite struct ROCTests {
    @Test("Every grade in the golden file is reproduced")
    func golden() throws {
        let golden = try ROCGolden.load()
        #expect(golden.grades.count == 7)
        for (name, grade) in golden.grades {
            let roc = try ROC(scores: try #require(golden.scores[name]), isMember: golden.isMember)
            #expect(isClose(roc.auc, try #require(grade["auc"]), within: 1e-14), "\(name)")
            let accuracy = try #require(grade["best_accuracy_balanced"])
            #expect(isClose(roc.balancedAccuracy, accuracy, within: 1e-14), "\(name)")
            for target in [0.001, 0.01, 0.05, 0.1] {
                let point = roc.operatingPoint(atFalsePositiveRate: target, confidence: 0.95)
                let expected = try #require(grade["tpr_at_\(target)"])
                #expect(isClose(point.truePositiveRate.value, expected, within: 1e-15), "\(name) at \(target)")
            }
        }
    }

    @Test("The vertices of heavily tied scores equal the golden curve")
    func goldenCurve() throws {
        let golden = try ROCGolden.load()
        let roc = try ROC(scores: try #require(golden.scores["tied_scores"]), isMember: golden.isMember)
        #expect(roc.points.map(\.falsePositiveRate) == golden.tiedFalsePositiveRates)
        #expect(roc.points.map(\.truePositiveRate) == golden.tiedTruePositiveRates)
    }

    @Test("The area equals the count over all pairs, and flips with the scores")
    func allPairs() throws {
        var generator = SplitMix64(seed: 11)
        for _ in 0..<40 {
            let (scores, isMember) = tiedCandidates(30, using: &generator)
            var wins = 0.0
            for i in scores.indices where isMember[i] {
                for j in scores.indices where !isMember[j] {
                    wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0
                }
            }
            let roc = try ROC(scores: scores, isMember: isMember)
            #expect(isClose(roc.auc, wins / Double(roc.members * roc.nonMembers), within: 1e-15))
            let flipped = try ROC(scores: scores.map(-), isMember: isMember)
            #expect(isClose(flipped.auc, 1 - roc.auc, within: 1e-13))
        }
    }

    @Test("An operating point equals the best over all thresholds that respect the target")
    func bruteForce() throws {
        var generator = SplitMix64(seed: 12)
        for _ in 0..<40 {
            let (scores, isMember) = tiedCandidates(40, using: &generator)
            let roc = try ROC(scores: scores, isMember: isMember)
            for target in [0, 0.05, 0.1, 0.3, 1] {
                var best = (falsePositiveRate: 0.0, truePositiveRate: 0.0)
                for threshold in Set(scores) {
                    let flagged = zip(scores, isMember).filter { $0.0 >= threshold }
                    let falsePositiveRate = Double(flagged.count { !$0.1 }) / Double(roc.nonMembers)
                    let truePositiveRate = Double(flagged.count { $0.1 }) / Double(roc.members)
                    if falsePositiveRate <= target, truePositiveRate >= best.truePositiveRate {
                        best = (max(falsePositiveRate, best.falsePositiveRate), truePositiveRate)
                    }
                }
                let point = roc.operatingPoint(atFalsePositiveRate: target, confidence: 0.9)
                #expect(point.truePositiveRate.value == best.truePositiveRate)
                #expect(point.falsePositiveRate <= target)
                if let threshold = point.threshold {
                    let flagged = zip(scores, isMember).filter { $0.0 >= threshold && !$0.1 }
                    #expect(Double(flagged.count) / Double(roc.nonMembers) == point.falsePositiveRate)
                }
            }
        }
    }

    @Test("A target is fine from 10/n, coarse from 1/n and not resolvable below")
    func resolution() throws {
        let roc = try ROC(
            scores: (0..<1100).map(Double.init), isMember: (0..<1100).map { $0 >= 1000 })
        func resolution(_ target: Double) -> Resolution {
            roc.operatingPoint(atFalsePositiveRate: target, confidence: 0.95).resolution
        }
        #expect(resolution(0.01) == .fine)
        #expect(resolution(0.0099) == .coarse)
        #expect(resolution(0.001) == .coarse)
        #expect(resolution(0.00099) == .notResolvable)
        #expect(resolution(0) == .coarse, "no false positive among these is an observation")
    }

    @Test("The advantage is the largest gap of the rates, the linear image of balanced accuracy")
    func advantage() throws {
        let roc = try ROC(scores: [5, 4, 3, 2, 1], isMember: [true, true, false, true, false])
        #expect(isClose(roc.advantage, 2 / 3.0, within: 1e-15))
        var generator = SplitMix64(seed: 13)
        for _ in 0..<20 {
            let (scores, isMember) = tiedCandidates(30, using: &generator)
            let roc = try ROC(scores: scores, isMember: isMember)
            #expect(abs(roc.advantage - (2 * roc.balancedAccuracy - 1)) < 1e-12)
        }
    }

    @Test("What a given threshold flags is counted, from both sides of a score")
    func flaggedByThreshold() throws {
        let roc = try ROC(scores: [5, 4, 3, 3, 1], isMember: [true, true, false, true, false])
        #expect(roc.flagged(atOrAbove: 3) == (3, 1))
        #expect(roc.flagged(atOrAbove: 3.5) == (2, 0))
        #expect(roc.flagged(atOrAbove: nil) == (0, 0))
        #expect(roc.flagged(atOrAbove: -.infinity) == (3, 2))
    }

    @Test("When the highest score is a non-member's, nothing is flagged at false-positive rate 0")
    func nothingFlagged() throws {
        let roc = try ROC(scores: [1, 2, 3], isMember: [true, true, false])
        let point = roc.operatingPoint(atFalsePositiveRate: 0, confidence: 0.95)
        #expect(point.threshold == nil)
        #expect(point.truePositiveRate.value == 0)
        #expect(roc.balancedAccuracy == 0.5)
        #expect(roc.auc == 0)
    }

    @Test("The rate carries Clopper and Pearson's interval")
    func interval() throws {
        let roc = try ROC(scores: [5, 4, 3, 2, 1], isMember: [true, true, false, true, false])
        let point = roc.operatingPoint(atFalsePositiveRate: 0.4, confidence: 0.9)
        #expect(point.threshold == 4)
        #expect(point.truePositiveRate.interval == .clopperPearson(successes: 2, trials: 3, confidence: 0.9))
    }

    @Test("Infinite scores rank at the ends")
    func infinities() throws {
        let roc = try ROC(scores: [.infinity, 0, -.infinity, -.infinity], isMember: [true, true, false, false])
        #expect(roc.auc == 1)
        #expect(roc.balancedAccuracy == 1)
    }

    @Test("Unusable input is refused with the reason")
    func refusals() {
        #expect(throws: StatisticsError.countsDiffer(scores: 1, labels: 2)) {
            try ROC(scores: [1], isMember: [true, false])
        }
        #expect(throws: StatisticsError.noMember) { try ROC(scores: [1], isMember: [false]) }
        #expect(throws: StatisticsError.noNonMember) { try ROC(scores: [1], isMember: [true]) }
        #expect(throws: StatisticsError.notANumber(index: 1)) {
            try ROC(scores: [1, .nan], isMember: [true, false])
        }
        #expect("\(StatisticsError.notANumber(index: 1))".contains("NaN at index 1"))
    }
}

/// Candidates with small integer scores, hence many ties, and at least two of each class.
func tiedCandidates(_ count: Int, using generator: inout SplitMix64) -> (scores: [Double], isMember: [Bool]) {
    let isMember = (0..<count).map { $0 < 2 || ($0 > 3 && Bool.random(using: &generator)) }
    let scores = isMember.map { Double(Int.random(in: 0..<8, using: &generator) + ($0 ? 2 : 0)) }
    return (scores, isMember)
}
