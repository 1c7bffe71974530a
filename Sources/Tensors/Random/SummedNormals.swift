import CVec

extension Tensor {
    /// The elements whose words are asked for at once; they take `summedNormalBytes(count)` bytes.
    private static let summedNormalChunk = 1024

    /// Adds `deviation` times independent standard normal numbers, each half the sum of four Box–Muller draws.
    ///
    /// One draw in floating point reaches only some numbers, and which ones depends on what it is added to; a sum of
    /// four reaches so many that an adversary cannot search them (see `NoiseSource.secure`). Each draw takes a radius
    /// from 31 bits, so that its tail ends at 6.7 deviations and that of the sum at 13, and an angle from 24.
    /// - Parameters:
    ///   - deviation: the standard deviation.
    ///   - fill: writes uniform random bytes over a buffer; the chunk's number makes them other bytes than those of the
    ///     other chunks. It is called side by side on several threads, and never twice for one chunk.
    /// - Complexity: sixteen bytes and two logarithms per element.
    package mutating func addSummedNormals(
        deviation: Float, fill: (_ chunk: Int, _ bytes: UnsafeMutableRawBufferPointer) -> Void
    ) {
        let (target, total, size) = unsafe (mutablePointer(), count, Self.summedNormalChunk)
        let scale = Vector(repeating: deviation / 2)
        concurrently(Pieces(ofLarge: (total + size - 1) / size, grain: 8)) { chunks in
            unsafe Scratch.with(4 * size) { words in
                for chunk in chunks {
                    unsafe fill(chunk, UnsafeMutableRawBufferPointer(start: words, count: 16 * size))
                    let elements = chunk * size..<min((chunk + 1) * size, total)
                    unsafe Self.addSummedNormals(words, scale, to: target, elements)
                }
            }
        }
    }

    /// Turns words into sums of four, thirty-two elements at a time; the last vector may lie in the padding.
    private static func addSummedNormals(
        _ words: UnsafePointer<Float>, _ scale: Vector, to target: UnsafeMutablePointer<Float>, _ elements: Range<Int>
    ) {
        var source = unsafe UnsafeRawPointer(words)
        for start in stride(from: elements.lowerBound, to: elements.upperBound, by: 32) {
            var (first, second) = (Vector(repeating: 0), Vector(repeating: 0))
            for _ in 0..<4 {
                let radius = unsafe source.loadUnaligned(as: SIMD16<UInt32>.self)
                let angle = unsafe source.loadUnaligned(fromByteOffset: 64, as: SIMD16<UInt32>.self)
                let (x, y) = longTailedBoxMuller(radius, angle)
                (first, second) = (first + x, second + y)
                unsafe source += 128
            }
            unsafe store(fma(first, scale, load(target + start)), target + start)
            guard start + 16 < elements.upperBound else { continue }
            unsafe store(fma(second, scale, load(target + start + 16)), target + start + 16)
        }
    }

    @inline(__always)
    private static func longTailedBoxMuller(_ radius: SIMD16<UInt32>, _ angle: SIMD16<UInt32>) -> (Vector, Vector) {
        // Both are below 2³¹, so their bits are those of signed numbers.
        let (r, a) = unsafe (
            unsafeBitCast(radius &>> 1, to: SIMD16<Int32>.self), unsafeBitCast(angle &>> 8, to: SIMD16<Int32>.self)
        )
        // Rounds to 1 at the very top, whose logarithm is exactly 0.
        let u = (vec_float(r) + 0.5) * 0x1p-31
        let length = vec_sqrt(-2 * log(u))
        let (s, c) = sineAndCosine(turns: vec_float(a) * 0x1p-24)
        return (length * c, length * s)
    }
}
