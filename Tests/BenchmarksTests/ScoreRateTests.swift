import Foundation
import Tensors
import Testing

@testable import Benchmarks

@Suite("Scoring beside reading")
struct ScoreRateTests {
    @Test("reads every byte: whole words, and those that are left", arguments: [0, 7, 8, 63, 64, 100, 2_097_235])
    func sum(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 8) }
        var expected: UInt64 = 0
        for start in stride(from: 0, to: count - count % 8, by: 8) {
            expected &+= (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
        for byte in bytes.suffix(count % 8) { expected &+= UInt64(byte) }
        #expect(ScoreRate.wordSum(Data(bytes)) == expected)
    }

    @Test("writes a file that reads as a pool in which half of the models saw each record", arguments: [4, 5])
    func file(models: Int) throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "signals-\(UUID().uuidString)")
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
        var pools: [[Double]] = []
        for number in SignalFile.Number.allCases {
            try SignalFile(records: 37, models: models, number: number).write(to: place)
            let file = try Safetensors(decoding: try Data(contentsOf: place))
            let shadows = try file.array("shadows")
            #expect(shadows.type.rawValue == number.rawValue && shadows.shape == [models, 37])
            #expect(try file.array("target").shape == [37] && file.metadata == ["signal": "logit-confidence"])
            let marks = try file.array("membership").doubles
            for record in 0..<37 {
                #expect((0..<models).reduce(0.0) { $0 + marks[$1 * 37 + record] } == Double(models / 2))
            }
            pools.append(shadows.doubles)
            #expect(Set(shadows.doubles).count == models * 37)
        }
        #expect(pools[0] == pools[1])
    }

    @Test("times the work as often as asked, and once before")
    func rounds() throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "signals-\(UUID().uuidString)")
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: place) } }
        try SignalFile(records: 100, models: 4, number: .single).write(to: place)
        var (rounds, size) = (0, 0)
        let rate = try ScoreRate.measure(place, repeats: 3) { bytes in
            size = bytes.count
            return {
                rounds += 1
                Thread.sleep(forTimeInterval: 0.002)
            }
        }
        #expect(rounds == 4 && rate.megabytes == Double(size) / 1_048_576)
        #expect(rate.scoring >= 0.002 && rate.reading > 0 && rate.ratio == rate.scoring / rate.reading)
        #expect(rate.memoryRatio.map { $0 > 1 } ?? true)
    }
}
