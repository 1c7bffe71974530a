import Accounting
import Autograd
import Mechanisms
import Models
import Tensors
import Testing

@testable import Training

@Suite("Privacy units") struct PrivacyUnitsTests {
    private let random = RandomStream(seed: 6)

    /// Forty windows of units of one to six windows, which do not lie together.
    private static let units: [Int32] = (0..<40).map { [7, 3, 3, 9, 4, 3, 9, 1, 3, 4, 9, 3, 9, 5, 3, 9][$0 % 16] }
    private static var windows: Records {
        var records = tinyWindows
        records.units = units
        return records
    }

    @Test("Records keep their units when they are chosen")
    func gather() {
        let chosen = Self.windows.gather([3, 0, 1])
        #expect(chosen.units == [9, 7, 3] && chosen.unitCount == 3)
        #expect(Self.windows.unitCount == 6 && tinyWindows.unitCount == 40 && tinyWindows.units == nil)
    }

    @Test("A batch's parts hold each chosen unit once and whole, and units of one part are equally large")
    func parts() {
        let units = PrivacyUnits(of: Self.windows, mostRecords: 6)
        #expect(units.count == 6)
        let parts = units.parts(of: [0, 1, 2, 3, 5], cap: nil, random)
        // In order of first appearance: 7, 3, 9, 4, 1, 5.
        let ids: [Int32] = [7, 3, 9, 4, 5]
        let expected = ids.flatMap { id in (0..<40).filter { Self.units[$0] == id } }
        #expect(parts.flatMap(\.records).sorted() == expected.sorted())
        #expect(parts.reduce(0) { $0 + $1.units } == 5)
        for part in parts {
            let size = part.records.count / part.units
            #expect(part.records.count == part.units * size)
            #expect(part.units == 1 || part.records.count <= 6)
            for unit in 0..<part.units {
                #expect(Set(part.records[unit * size..<(unit + 1) * size].map { Self.units[$0] }).count == 1)
            }
        }
        #expect(parts.contains { $0.records.count > 6 }, "a unit larger than a part was not met")
    }

    @Test("A cap takes that many records of a unit, another choice for another stream, always the same for one")
    func cap() {
        let units = PrivacyUnits(of: Self.windows, mostRecords: 100)
        func chosen(_ stream: RandomStream) -> [Int] { units.parts(of: [1], cap: 3, stream).flatMap(\.records) }
        let all = (0..<40).filter { Self.units[$0] == 3 }
        let choices = (0..<50).map { chosen(random[$0]) }
        #expect(choices.allSatisfy { $0.count == 3 && Set($0).count == 3 && Set($0).isSubset(of: all) })
        #expect(Set(choices).count > 20 && Set(choices.joined()) == Set(all))
        #expect(chosen(random[4]) == choices[4])
        // Which other units are chosen makes no difference to a unit.
        let together = units.parts(of: [0, 1, 2], cap: 3, random[4]).flatMap(\.records)
        #expect(Set(choices[4]).isSubset(of: together))
    }

    @Test("Without units each record is one; an empty batch is one empty part")
    func records() {
        let single = PrivacyUnits(of: tinyWindows, mostRecords: 3)
        #expect(single.count == 40)
        #expect(
            single.parts(of: [4, 9, 2, 30], cap: 1, random) == [
                .init(units: 3, records: [4, 9, 2]), .init(units: 1, records: [30]),
            ])
        for units in [single, PrivacyUnits(of: Self.windows, mostRecords: 3)] {
            #expect(units.parts(of: [], cap: 2, random) == [.init(units: 0, records: [])])
        }
    }

    // MARK: Gradients

    private static func transformer(isTied: Bool) -> Transformer {
        Transformer(vocabulary: 7, context: 4, layers: 1, heads: 2, width: 8, isTied: isTied)
    }

    /// The gradient of a unit's summed loss, one window after the other and added up in double precision.
    private func explicit(_ model: Transformer, _ parameters: Parameters, _ records: [Int]) -> [Double] {
        var sum: [Double] = []
        for record in records {
            let tape = Tape(.summed)
            let bound = BoundParameters(parameters, on: tape)
            tape.backward(from: model.losses(model.phases[0], tinyWindows.gather([record]), bound, random))
            let gradient = tape.parameterGradients()
            let own = parameters.names.flatMap { gradient[$0].values.map(Double.init) }
            sum = sum.isEmpty ? own : zip(sum, own).map(+)
        }
        return sum
    }

    @Test(
        "A unit's norm and clipped gradient are those of the sum over its windows, tied weights included",
        arguments: [false, true])
    func norms(isTied: Bool) throws {
        let model = Self.transformer(isTied: isTied)
        let parameters = model.initialParameters(random)
        let units = PrivacyUnits(of: Self.windows, mostRecords: 12)
        for part in units.parts(of: Array(0..<6), cap: 4, random) {
            let tape = Tape(.perExample(count: part.units))
            let bound = BoundParameters(parameters, on: tape)
            tape.backward(from: model.losses(model.phases[0], Self.windows.gather(part.records), bound, random))
            let gradients = tape.perExampleGradients()
            let size = part.records.count / part.units
            let expected = (0..<part.units).map { unit in
                explicit(model, parameters, Array(part.records[unit * size..<(unit + 1) * size]))
            }
            for (norm, gradient) in zip(gradients.norms(), expected) {
                let exact = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
                #expect(abs(Double(norm) - exact) < 1e-5 * exact)
            }
            let clipped = BoundedSum(clipping: gradients, to: 0.1)
                .released(noiseMultiplier: 1e-12, noise: .seeded(random))
            var sum = [Double](repeating: 0, count: expected[0].count)
            for gradient in expected {
                let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
                for index in sum.indices { sum[index] += gradient[index] * min(1, 0.1 / norm) }
            }
            let found = parameters.names.flatMap { clipped[$0].values.map(Double.init) }
            #expect(zip(found, sum).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test("Each unit in a step contributes one clipped gradient, however many windows it has")
    func step() throws {
        var recipe = Recipe(
            .transformer(Self.transformer(isTied: true)), epochs: 1, batchSize: 6, optimiser: .sgd(rate: 1),
            privacy: GradientPrivacy(clippingNorm: 1e-3, noiseMultiplier: 1e-9))
        let initial = recipe.architecture.network.initialParameters(random["init"])
        func moved(_ records: Records) throws -> Double {
            let trained = try recipe.train(on: records, random: random)
            #expect(trained.steps == 1)
            return distance(trained.model.parameters, initial)
        }
        // Six units, all in the batch, clipped far below their norms: the mean is within 10⁻³, too.
        let whole = try moved(Self.windows)
        #expect(whole > 1e-5 && whole <= 1e-3 * (1 + 1e-4))
        var one = Self.windows
        one.units = [Int32](repeating: 5, count: 40)
        recipe.batchSize = 1
        #expect(abs(try moved(one) - 1e-3) < 1e-7, "one unit of forty windows is one clipped gradient")
    }

    @Test("The sampling rate counts units, and so does the ledger")
    func ledger() throws {
        var recipe = Recipe(
            .transformer(Self.transformer(isTied: false)), epochs: 2, batchSize: 2, optimiser: .sgd(rate: 0.1),
            privacy: TinyRecipe.privacy)
        recipe.unitCap = 2
        let trained = try recipe.train(on: Self.windows, random: random)
        #expect(trained.steps == 6)
        #expect(try trained.ledger == .init(.dpSGD(rate: 2 / 6, noiseMultiplier: 0.8, steps: 6)))
    }

    @Test("Units of one record each train to the same bytes as no units")
    func singletons() throws {
        var single = tinyWindows
        single.units = (0..<40).map { 100 - Int32($0) }
        let recipe = Recipe(
            TinyRecipe.transformer, epochs: 2, batchSize: 8, optimiser: .adam(rate: 1e-3), privacy: TinyRecipe.privacy)
        let plain = try recipe.train(on: tinyWindows, random: random)
        #expect(try recipe.train(on: single, random: random).model == plain.model)
    }
}
