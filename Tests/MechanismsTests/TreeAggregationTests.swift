import Accounting
import Autograd
import Tensors
import Testing

@testable import Mechanisms

@Suite("Tree aggregation")
struct TreeAggregationTests {
    /// The nodes in each prefix sum, as the steps add and replace them.
    private func prefixes(_ leaves: Int) -> [Set<TreeAggregation.Node>] {
        var nodes = Set<TreeAggregation.Node>()
        return (0..<leaves).map { leaf in
            for node in TreeAggregation.replaced(at: leaf) {
                #expect(nodes.remove(node) != nil, "leaf \(leaf) replaces what is not there")
            }
            #expect(nodes.insert(TreeAggregation.added(at: leaf)).inserted)
            return nodes
        }
    }

    private func leaves(of node: TreeAggregation.Node) -> Range<Int> {
        node.index << node.level..<(node.index + 1) << node.level
    }

    @Test("The nodes of a prefix sum hold every leaf before it once, and are as many as its length has binary ones")
    func prefixSums() {
        for (leaf, nodes) in prefixes(40).enumerated() {
            #expect(nodes.flatMap { Array(leaves(of: $0)) }.sorted() == Array(0...leaf))
            #expect(nodes.count == (leaf + 1).nonzeroBitCount)
        }
    }

    /// The largest change of the released nodes, in the Euclidean norm, when one record of norm 1 vanishes from its
    /// step: brute force over every tree that is released and every step.
    private func sensitivity(_ count: Int) -> Double {
        let released = prefixes(count).reduce(Set()) { $0.union($1) }
        let worst = (0..<count).map { leaf in released.count { leaves(of: $0).contains(leaf) } }.max() ?? 0
        return Double(worst).squareRoot()
    }

    @Test("The event's multiplier is the noise divided by the sensitivity of the worst neighbour, on all small trees")
    func event() {
        for count in 1...40 {
            let tree = TreeAggregation(leaves: count)
            #expect(sensitivity(count) == Double(tree.levels).squareRoot(), "\(count) leaves")
            #expect(tree.event(noiseMultiplier: 3) == .gaussian(noiseMultiplier: 3 / sensitivity(count)))
        }
        #expect([1, 2, 3, 4, 7, 8, 64].map { TreeAggregation(leaves: $0).levels } == [1, 2, 2, 3, 3, 4, 7])
    }

    private func increment(_ records: Tensor, _ leaf: Int, _ multiplier: Double, _ random: RandomStream) -> Parameters {
        BoundedSum(clipping: tinyGradients(records), to: 0.5)
            .released(intoTreeAt: leaf, noiseMultiplier: multiplier, random: random)
    }

    private func add(_ part: Parameters, _ weight: Float, to sum: inout Parameters) {
        for name in sum.names { sum.update(name) { $0.add(part[name], times: weight) } }
    }

    @Test("A record that vanishes moves the prefix sums from its step on by the clipping norm at most, and none before")
    func neighbours() {
        let (records, random) = (tinyRecords(16), RandomStream(seed: 8))
        let steps = 8
        func prefixSums(without left: Int?) -> [Parameters] {
            var sum = value(BoundedSum(clipping: tinyGradients(records.rows(0..<0)), to: 0.5))
            return (0..<steps).map { leaf in
                let own = (2 * leaf..<2 * leaf + 2).filter { $0 != left }
                add(increment(records.gatherRows(own), leaf, 1, random), 1, to: &sum)
                return sum
            }
        }
        let all = prefixSums(without: nil)
        var largest = 0.0
        for left in 0..<16 {
            let moves = zip(all, prefixSums(without: left)).map { distance($0, $1) }
            #expect(moves.prefix(left / 2).allSatisfy { $0 == 0 })
            #expect(moves.allSatisfy { $0 < 0.5 * (1 + 1e-4) })
            largest = max(largest, moves.max() ?? 0)
        }
        #expect(largest > 0.49, "no record reached the bound, so the test shows nothing")
    }

    /// The noise in each prefix sum of a tree, over 20 000 coordinates.
    private func noise(_ steps: Int, _ multiplier: Double) -> [[Float]] {
        var sum: [Float] = [Float](repeating: 0, count: 20_000)
        return (0..<steps).map { leaf in
            let tape = Tape(.perExample(count: 0))
            let output = linear(
                tape.constant(.zeros([0, 200])), tape.parameter("weight", .zeros([100, 200])),
                tape.parameter("bias", .zeros([100])))
            tape.backward(from: rowSums(output))
            let part = BoundedSum(clipping: tape.perExampleGradients(), to: 0.5)
                .released(intoTreeAt: leaf, noiseMultiplier: multiplier, random: RandomStream(seed: 9))
            sum = zip(sum, part["weight"].values).map(+)
            return sum
        }
    }

    private func covariance(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } / Double(a.count)
    }

    @Test("Prefix sums hold the noise of their nodes: as much, and shared as they share them (level 0.001)")
    func noise() {
        let (multiplier, steps) = (1.4, 8)
        let nodes = prefixes(steps)
        let draws = noise(steps, multiplier)
        let variance = multiplier * 0.5 * multiplier * 0.5
        for i in 0..<steps {
            for j in 0...i {
                let shared = Double(nodes[i].intersection(nodes[j]).count)
                let (own, other) = (Double(nodes[i].count), Double(nodes[j].count))
                // The product of two normals with this covariance, averaged over 20 000 coordinates; 36 comparisons.
                let error = variance * ((own * other + shared * shared) / 20_000).squareRoot()
                let found = covariance(draws[i], draws[j])
                #expect(abs(found - variance * shared) < 4.2 * error, "steps \(i) and \(j)")
                if i == j {
                    #expect(
                        abs(found - variance * shared * 4 / 9) > 4.2 * error, "two thirds of the noise went unnoticed")
                    #expect(abs(found - variance * shared * 9 / 4) > 4.2 * error, "half as much again went unnoticed")
                }
            }
        }
    }

    @Test("A step's event covers its whole epoch, whose tree has noise of its own")
    func epochs() {
        let privacy = GradientPrivacy(clippingNorm: 0.5, noiseMultiplier: 2)
        let tree = TreeAggregation(leaves: 3)
        let empty = tinyRecords(2).rows(0..<0)
        let released = (0..<6).map { step in
            privacy.release(
                BoundedSum(clipping: tinyGradients(empty), to: 0.5), step: step, into: tree, batch: 4,
                random: RandomStream(seed: 3))
        }
        let event = PrivacyEvent.gaussian(noiseMultiplier: 2 / 2.0.squareRoot())
        #expect(released.map(\.event) == [event, nil, nil, event, nil, nil])
        #expect(released[0].gradient != released[3].gradient)
        var whole = increment(empty, 1, 2, RandomStream(seed: 3)[1])
        whole.scale(by: 1 / 4)
        #expect(released[4].gradient == whole)
    }
}
