import Foundation
import Lab
import Tensors
import Testing

@Suite("Exports of mechanisms")
struct MechanismExportTests {
    private let steps = 40
    private let width = 30

    private func file(noise factor: Double = 1, divisor: Double = 1) -> Safetensors {
        let random = RandomStream(seed: 6)
        let clipped = random["clipped"].uniformTensor([steps * width]).values.map(Double.init)
        let noise = random["noise"].normalTensor([steps * width]).values.map(Double.init)
        let released = zip(clipped, noise).map { ($0 + 3 * factor * $1) / divisor }
        let flips = random["batches"].coinFlips(steps * 50, probability: 0.2).map { $0 ? UInt8(1) : 0 }
        return Safetensors(arrays: [
            "released": .init(released, shape: [steps, width]), "clipped": .init(clipped, shape: [steps, width]),
            "batches": .init(flips, shape: [steps, 50]),
        ])
    }

    @Test("A correct export passes, divided by its batch or not; one with two thirds of the noise does not")
    func noise() throws {
        for divisor in [1.0, 10] {
            let noise = try MechanismExport(file(divisor: divisor)).noise(deviation: 3, divisor: divisor)
            #expect(!NoiseDistribution.verdict(on: noise, level: 0.999).isCaught)
            let less = try MechanismExport(file(noise: 2 / 3, divisor: divisor)).noise(deviation: 3, divisor: divisor)
            #expect(NoiseDistribution.verdict(on: less, level: 0.999).isCaught)
        }
    }

    @Test("Batches are read row by row, and tested against the rate")
    func batches() throws {
        let batches = try MechanismExport(file()).batches()
        #expect(batches.records == 50 && batches.batches.count == steps)
        let flips = RandomStream(seed: 6)["batches"].coinFlips(steps * 50, probability: 0.2)
        #expect(batches.batches[3] == (0..<50).filter { flips[150 + $0] })
        #expect(!SamplerChiSquared.verdict(on: batches, rate: 0.2, level: 0.999).isCaught)
        #expect(SamplerChiSquared.verdict(on: batches, rate: 0.1, level: 0.999).isCaught)
    }

    @Test("Either part may be missing, and a name that means nothing is told")
    func parts() throws {
        var half = file()
        half.arrays["batches"] = nil
        half.arrays["relaesed"] = .init([1.0], shape: [1])
        let export = try MechanismExport(half)
        #expect(export.hasNoise && !export.hasBatches && export.ignored == ["relaesed"])
        #expect(throws: MechanismExportError.self) { try export.batches() }
    }

    private func complaint(_ change: (inout Safetensors) -> Void) -> String {
        var changed = file()
        change(&changed)
        do {
            _ = try MechanismExport(changed).batches()
            return "nothing"
        } catch {
            return error.description
        }
    }

    @Test("What does not fit is told in a line")
    func refusals() {
        #expect(complaint { $0.arrays = [:] }.contains("released and clipped, or batches"))
        #expect(complaint { $0.arrays["clipped"] = nil }.contains("expected both released and clipped"))
        #expect(complaint { $0.arrays["clipped"] = .init([1.0, 2], shape: [1, 2]) }.contains("[40, 30]"))
        #expect(complaint { $0.arrays["batches"] = .init([1.0, 0], shape: [2]) }.contains("[steps, records]"))
        #expect(complaint { $0.arrays["batches"] = .init([1, 2] as [UInt8], shape: [1, 2]) }.contains("at element 1"))
        #expect(complaint { $0.arrays["batches"] = .init([0, 0.5], shape: [1, 2]) }.contains("at element 1"))
    }

    @Test("A file that is not there, or is none, is named")
    func files() throws {
        #expect(throws: MechanismExportError.self) { try MechanismExport(contentsOf: URL(filePath: "/nowhere/x")) }
        let url = FileManager.default.temporaryDirectory.appending(path: "penumbra-export-\(UUID().uuidString)")
        try Data([1, 2, 3]).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        #expect(throws: MechanismExportError.self) { try MechanismExport(contentsOf: url) }
    }
}
