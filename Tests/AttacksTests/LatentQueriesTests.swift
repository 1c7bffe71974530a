import Models
import Tensors
import Testing
import ThreatModel

@Suite struct LatentQueriesTests {
    @Test("Images of normal codes are what the generator draws by itself", arguments: [true, false])
    func images(isGAN: Bool) throws {
        let victim = Victim(try isGAN ? Arena.gan().victim : Arena.variationalAutoencoder().victim)
        let queries = LatentQueries(to: victim, meter: QueryMeter())
        #expect(try queries.latents == (isGAN ? 8 : 16))
        let codes = RandomStream(seed: 5)["code"].normalTensor([12, try queries.latents])
        let drawn = try SamplesOnly(to: victim, meter: QueryMeter()).samples(12, RandomStream(seed: 5))
        #expect(try queries.images(of: codes) == drawn)
    }

    @Test("Each image is a query, and codes of another width cost nothing")
    func metered() throws {
        let meter = QueryMeter(budget: 10)
        let queries = LatentQueries(to: Victim(try Arena.gan().victim), meter: meter)
        _ = try queries.images(of: .zeros([7, 8]))
        #expect(throws: ThreatModelError.self) { try queries.images(of: .zeros([2, 9])) }
        #expect(meter.queries == 7)
        #expect(throws: ThreatModelError.budgetExhausted(asked: 4, left: 3)) {
            try queries.images(of: .zeros([4, 8]))
        }
    }

    @Test("An autoencoder draws nothing by itself, so it has no codes to ask for; nor has what reads a class, too")
    func families() throws {
        let queries = LatentQueries(to: Victim(try Arena.autoencoder().untrained), meter: QueryMeter())
        #expect(throws: ThreatModelError.self) { try queries.latents }
        #expect(throws: ThreatModelError.self) { try queries.images(of: .zeros([1, 24])) }
        let network = VariationalAutoencoder(inputs: 64, hidden: [8], latents: 3, classes: 2)
        let conditional = Victim(Model(untrained: .variationalAutoencoder(network), RandomStream(seed: 3)))
        #expect(throws: ThreatModelError.self) { try LatentQueries(to: conditional, meter: QueryMeter()).latents }
    }
}
