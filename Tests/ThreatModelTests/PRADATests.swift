import Foundation
import Models
import Statistics
import Tensors
import TestSupport
import Testing

@testable import ThreatModel

@Suite struct PRADATests {
    private func report(_ records: Records, _ setting: String = "prada") throws -> WatchReport {
        let watches = try AccountWatches([MonitorSpec(setting)], MonitorMaterial(random: RandomStream(seed: 1)))
        return try Traffic.watched(records, watches["account"])
    }

    @Test("The growing set is that of a calculation by hand, class by class")
    func byHand() throws {
        var monitor = PRADA([0.95], MonitorMaterial(random: RandomStream(seed: 1)))
        func ask(_ value: Float, label: Int32 = 0) -> Int {
            #expect(monitor.observe(ObservedQuery(.classify, .vector([value]), label: label)) == nil)
            return monitor.memberCount
        }
        #expect(ask(0) == 1)
        // Distances 0 and 10 of members: mean 5, deviation 5, threshold 0.
        #expect(ask(10) == 2)
        // 0, 10 and 4: mean 4.67, deviation 4.11, threshold 0.56.
        #expect(ask(4) == 3)
        #expect(ask(4.5) == 3)
        // 0, 10, 4 and 0.6: mean 3.65, deviation 3.97; the threshold does not fall and stays 0.56.
        #expect(ask(4.6) == 4)
        #expect(ask(5.1) == 4)
        // Another class begins with a set of its own, and its first member has no distance.
        #expect(ask(4.6, label: 1) == 5)
        #expect(ask(4.6, label: 1) == 5)
    }

    @Test("W leaves outliers out, and distances that are all equal are as far from normal as can be")
    func statistic() throws {
        let normal = RandomStream(seed: 2).normalTensor([300]).doubles
        let plain = try #require(PRADA.statistic(normal[...]))
        #expect(plain > 0.98)
        let outlying = try #require(PRADA.statistic((normal + [40, 50])[...]))
        #expect(outlying > 0.98)
        #expect(PRADA.statistic([Double](repeating: 0.1, count: 200)[...]) == 0)
        let skewed = try #require(
            PRADA.statistic(RandomStream(seed: 3).uniforms(300).map { -Foundation.log(Double($0) + 1e-9) }[...]))
        #expect(skewed < 0.9)
    }

    @Test("Benign accounts are silent: no alarm in 300 images of Fashion-MNIST on six seeds")
    func benign() throws {
        for seed in UInt64(0)..<6 {
            let report = try report(Traffic.benign(300, seed: seed))
            #expect(report.alarms.isEmpty && report.queries == 300, "seed \(seed): \(report.alarms)")
        }
    }

    @Test("Jacobian augmentation and line searches raise the alarm on every seed, after 100 distances")
    func thieves() throws {
        for seed in UInt64(0)..<3 {
            for records in try [Traffic.augmented(300, seed: seed), Traffic.lineSearch(300, seed: seed)] {
                let query = try #require(report(records).queriesToDetection(by: "prada"), "seed \(seed)")
                #expect(query > PRADA.least && query <= 200, "seed \(seed): \(query)")
            }
        }
    }

    @Test("Images of noise are not found: distances of many independent numbers are normal")
    func noise() throws {
        for seed in UInt64(0)..<3 { #expect(try report(Traffic.noise(300, seed: seed)).alarms.isEmpty) }
    }

    @Test("Fewer than 100 distances raise no alarm, whatever they are")
    func patience() throws {
        let copies = Records(features: Tensor.zeros([100, 4]), labels: [Int32](repeating: 0, count: 100))
        #expect(try report(copies).alarms.isEmpty)
        let more = Records(features: Tensor.zeros([102, 4]), labels: [Int32](repeating: 0, count: 102))
        #expect(try report(more).alarms.map(\.query) == [102])
        #expect(PRADA([0.9], MonitorMaterial(random: RandomStream(seed: 1))).leastQueries == 102)
    }

    /// The monitor as one would write it down: everything is kept, and all is computed anew at each query.
    private struct Slow {
        let delta: Double
        let most: Int
        var members: [Float] = []
        var joined = [0.0]
        var threshold = 0.0
        var distances: [Double] = []

        mutating func observe(_ value: Float) -> String? {
            guard let nearest = members.map({ Double(($0 - value) * ($0 - value)).squareRoot() }).min() else {
                members.append(value)
                return nil
            }
            if nearest > threshold {
                members.append(value)
                joined.append(nearest)
                let moments = Moments(of: joined)
                threshold = max(threshold, moments.mean - moments.populationStandardDeviation)
            }
            distances.append(nearest)
            let last = Array(distances.suffix(most))
            let moments = Moments(of: last)
            let kept = last.filter { abs($0 - moments.mean) <= 3 * moments.populationStandardDeviation }
            guard last.count > PRADA.least, let test = try? ShapiroWilk(kept), test.statistic < delta else {
                return nil
            }
            return "W of \(last.count) distances is \((test.statistic * 1000).rounded() / 1000), below \(delta)"
        }
    }

    @Test("The verdict at every query is that of keeping all distances, also when only the last are tested")
    func slow() {
        var (fast, slow) = (PRADA(delta: 0.8, most: 110), Slow(delta: 0.8, most: 110))
        // Distances of numbers on a line are hardly normal: both verdicts occur.
        let values = RandomStream(seed: 8).normalTensor([350]).values
        var alarms = 0
        for value in values {
            let expected = slow.observe(value)
            #expect(fast.observe(ObservedQuery(.classify, .vector([value]), label: 0)) == expected)
            alarms += expected == nil ? 0 : 1
        }
        #expect(fast.memberCount == slow.members.count)
        #expect(alarms > 0 && alarms < 350 - 102)
    }
}
