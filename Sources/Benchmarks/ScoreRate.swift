package import Foundation
import Statistics
import Tensors

/// How long it takes to score a file that is mapped into memory, beside reading its bytes and nothing else.
package struct ScoreRate: Sendable, Equatable {
    /// The size of the file in MB.
    package var megabytes: Double
    /// Seconds to add up its 64-bit words, the median of the runs.
    package var reading: Double
    /// Seconds to score it, the median of the runs.
    package var scoring: Double
    /// Peak resident memory of the process meanwhile in MB, the file's mapped pages included; `nil` where the kernel
    /// does not tell.
    package var peakMegabytes: Double?

    /// Creates figures.
    package init(megabytes: Double, reading: Double, scoring: Double, peakMegabytes: Double?) {
        (self.megabytes, self.reading, self.scoring) = (megabytes, reading, scoring)
        self.peakMegabytes = peakMegabytes
    }

    /// How many times as long as reading scoring takes.
    package var ratio: Double { scoring / reading }
    /// The peak over the file's size.
    package var memoryRatio: Double? { peakMegabytes.map { $0 / megabytes } }

    /// Measures both in turn, after a round that brings the file into memory and is not timed.
    ///
    /// - Parameters:
    ///   - place: the file.
    ///   - repeats: how often each is timed.
    ///   - prepare: makes the work that scores the mapped bytes.
    /// - Returns: the medians, and the peak of memory over all rounds.
    /// - Throws: when the file cannot be read, and what the work throws.
    package static func measure(
        _ place: URL, repeats: Int, _ prepare: (Data) throws -> () throws -> Void
    ) throws -> ScoreRate {
        let bytes = try Data(contentsOf: place, options: .alwaysMapped)
        let score = try prepare(bytes)
        ProcessFigures.returnFreedMemory()
        let isFresh = ProcessFigures.forgetPeak()
        let expected = wordSum(bytes)
        try score()
        var (reading, scoring): ([Double], [Double]) = ([], [])
        for _ in 0..<repeats {
            reading.append(seconds { precondition(wordSum(bytes) == expected, "the file changed meanwhile") })
            scoring.append(try seconds(score))
        }
        return ScoreRate(
            megabytes: Double(bytes.count) / 1_048_576, reading: median(reading), scoring: median(scoring),
            peakMegabytes: isFresh ? ProcessFigures.memory?.peak : nil)
    }

    private static func seconds(_ work: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try work()
        return start.duration(to: .now) / .seconds(1)
    }

    /// The sum of all 64-bit words and of the bytes that are left, modulo 2⁶⁴, on all threads that are free.
    static func wordSum(_ bytes: Data) -> UInt64 {
        let block = 1 << 20
        let blocks = (bytes.count + block - 1) / block
        var sums = [UInt64](repeating: 0, count: blocks)
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe sums.withUnsafeMutableBufferPointer { sums in
                concurrently(blocks) { index in
                    let part = index * block..<min((index + 1) * block, bytes.count)
                    unsafe sums[index] = wordSum(UnsafeRawBufferPointer(rebasing: bytes[part]))
                }
            }
        }
        return sums.reduce(0, &+)
    }

    private static func wordSum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var sum = SIMD8<UInt64>(repeating: 0)
        let vectors = bytes.count / 64
        for vector in 0..<vectors { sum &+= unsafe bytes.loadUnaligned(fromByteOffset: 64 * vector, as: SIMD8.self) }
        var total = sum.wrappedSum()
        let words = bytes.count / 8
        for word in 8 * vectors..<words {
            total &+= unsafe bytes.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self)
        }
        for byte in 8 * words..<bytes.count { total &+= UInt64(unsafe bytes[byte]) }
        return total
    }
}
