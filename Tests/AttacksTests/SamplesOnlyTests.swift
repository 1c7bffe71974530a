import Attacks
import Autograd
import Models
import Tensors
import Testing
import ThreatModel

@Suite struct SamplesOnlyTests {
    private let random = RandomStream(seed: 6)

    /// A decoder that adds 8 to the logit of the pixel whose number is the class, and −4 to all.
    private var conditional: Model {
        let network = VariationalAutoencoder(inputs: 3, hidden: [], latents: 2, classes: 3)
        var model = Model(untrained: .variationalAutoencoder(network), random)
        var weight = Tensor.zeros([3, 5])
        for label in 0..<3 { weight[label * 5 + 2 + label] = 8 }
        model.parameters["decoder.0.weight"] = weight
        model.parameters["decoder.0.bias"] = Tensor([-4, -4, -4])
        return model
    }

    private func access(_ model: Model, _ meter: QueryMeter = QueryMeter()) -> SamplesOnly {
        SamplesOnly(to: Victim(model), meter: meter)
    }

    /// The brightest pixel of each image.
    private func brightest(_ images: Tensor) -> [Int] {
        (0..<images.rows).map { record in
            let row = images.row(record)
            return row.indices.max { row[$0] < row[$1] } ?? -1
        }
    }

    @Test("A conditional generator draws the class that is asked for, and pays for each image")
    func ofClass() throws {
        let meter = QueryMeter()
        let victim = access(conditional, meter)
        #expect(try victim.classes == 3)
        for label in 0..<3 {
            let images = try victim.samples(5, of: Int32(label), random)
            #expect(images.shape == [5, 3] && brightest(images) == [Int](repeating: label, count: 5))
        }
        #expect(meter.queries == 15)
    }

    @Test("Without a class it draws each about as often")
    func anyClass() throws {
        let labels = try brightest(access(conditional).samples(600, random))
        for label in 0..<3 {
            // Five deviations of √(600·⅓·⅔) = 11.5.
            #expect(abs(labels.count { $0 == label } - 200) < 58)
        }
        #expect(try brightest(access(conditional).samples(600, of: nil, random)) == labels)
    }

    @Test("A class that the generator does not have is refused")
    func strangeClass() throws {
        for label in [-1, 3] as [Int32] {
            #expect(throws: ThreatModelError.self) { try access(conditional).samples(5, of: label, random) }
        }
        let gan = try access(Arena.gan().victim)
        #expect(try gan.classes == 0)
        #expect(throws: ThreatModelError.unsupported("class to draw", family: "gan")) {
            try gan.samples(5, of: 0, random)
        }
    }

    @Test("A scorer of signals plays with nothing but samples, and pays for them once per set of records")
    func signalAttack() throws {
        let (arena, meter) = (try Arena.gan(), QueryMeter())
        let knowledge = Knowledge(candidates: arena.candidates, population: arena.population)
        let distances = try WhiteBox(to: Victim(arena.victim), meter: QueryMeter())
            .values(.nearestSample, of: arena.candidates)
        let plain = SignalAttack<LossThreshold, SamplesOnly>(LossThreshold(), signal: .nearestSample)
        let scores = try plain.run(against: access(arena.victim, meter), knowing: knowledge, random: random)
        #expect(scores.values == distances.map { -$0 })
        #expect(meter.queries == 2000)
        let ranked = SignalAttack<AttackP, SamplesOnly>(AttackP(), signal: .nearestSample)
        _ = try ranked.run(against: access(arena.victim, meter), knowing: knowledge, random: random)
        #expect(meter.queries == 6000)
    }

    @Test("Samples tell the distance to the nearest of them, and cost as many queries; they tell no other signal")
    func signals() throws {
        let (arena, meter) = (try Arena.gan(), QueryMeter())
        let victim = access(arena.victim, meter)
        let records = arena.candidates.slice(0..<4)
        let found = try victim.values(.nearestSample, of: records)
        #expect(meter.queries == 2000)
        #expect(
            try found == WhiteBox(to: Victim(arena.victim), meter: QueryMeter()).values(.nearestSample, of: records))
        let served = SamplesOnly(to: Victim(behind: LocalService(arena.victim)), meter: QueryMeter())
        #expect(try served.values(.nearestSample, of: records) == found)
        #expect(throws: ThreatModelError.mismatch("records of 3 numbers and images of \(Arena.images.columns)")) {
            try served.values(.nearestSample, of: Records(features: .zeros([2, 3])))
        }
        for signal in Signal.allCases where signal != .nearestSample {
            #expect(throws: ThreatModelError.self) { try victim.values(signal, of: records) }
        }
        #expect(meter.queries == 2000)
        #expect(throws: ThreatModelError.budgetExhausted(asked: 2000, left: 1999)) {
            try access(arena.victim, QueryMeter(budget: 1999)).values(.nearestSample, of: records)
        }
    }
}
