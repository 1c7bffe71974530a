import CVec

/// A stream of random numbers that is addressed, never drawn from: the same (seed, path, index) is the same number
/// whatever else was drawn, in whatever order, on however many threads.
///
/// `RandomStream(seed: 7)["shadow"][17]["init"]` names a stream; its element i is a function of the name and of i.
/// Elements come in blocks of 64: element 64·j + 16·w + l is word w of Philox counter 16·j + l.
public struct RandomStream: Sendable, Equatable {
    let key: UInt64

    /// The root stream of a seed.
    public init(seed: UInt64) { key = RandomStream.mixed(seed ^ 0x5045_4e55_4d42_5241) }

    private init(key: UInt64) { self.key = key }

    /// The stream's name as a number, by which another process finds the same stream.
    public var name: UInt64 { key }

    /// The stream of a name; ``init(seed:)`` makes one of a seed.
    public init(named name: UInt64) { key = name }

    /// The stream of a purpose beneath this one.
    public subscript(purpose: String) -> RandomStream {
        // FNV-1a, then mixed with the parent.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return RandomStream(key: RandomStream.mixed(key &+ RandomStream.mixed(hash)))
    }

    /// The stream of a number beneath this one.
    public subscript(index: Int) -> RandomStream {
        let salted = RandomStream.mixed(UInt64(bitPattern: Int64(index)) ^ 0xa076_1d64_78bd_642f)
        return RandomStream(key: RandomStream.mixed(key &+ salted))
    }

    /// The finaliser of SplitMix64, a bijection with full avalanche.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// The first `count` 32-bit words of the stream.
    public func words(_ count: Int) -> [UInt32] {
        let blocks = (count + 63) / 64
        let padded = unsafe [UInt32](unsafeUninitializedCapacity: blocks * 64) { buffer, initialised in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            for block in 0..<blocks {
                let (a, b, c, d) = Philox.words(block: UInt64(block), key: key)
                for (index, words) in [a, b, c, d].enumerated() {
                    unsafe raw.storeBytes(of: words, toByteOffset: 256 * block + 64 * index, as: Philox.Lanes.self)
                }
            }
            initialised = blocks * 64
        }
        return padded.count == count ? padded : Array(padded.prefix(count))
    }

    /// The 64-bit number at an index of the stream.
    public func integer(_ index: Int) -> UInt64 {
        let (block, position) = (index / 32, index % 32)
        let words = Philox.words(block: UInt64(block), key: key)
        let pair = position < 16 ? (words.0, words.1) : (words.2, words.3)
        let lane = position % 16
        return UInt64(pair.0[lane]) << 32 | UInt64(pair.1[lane])
    }

    /// Returns the first `count` numbers of the stream, uniform in [0, 1) with 24 bits.
    public func uniforms(_ count: Int) -> [Float] { words(count).map { Float($0 >> 8) * 0x1p-24 } }

    /// Returns the number at an index of the stream, uniform in [0, 1) with 53 bits.
    public func uniform(_ index: Int) -> Double { Double(integer(index) >> 11) * 0x1p-53 }

    /// Returns `count` independent coin flips that are true with the given probability.
    public func coinFlips(_ count: Int, probability: Double = 0.5) -> [Bool] {
        precondition(probability >= 0 && probability <= 1, "coinFlips: probability \(probability)")
        // 32 bits resolve a sampling rate to 2e-10; the threshold 2³² itself means certainty.
        let threshold = UInt64((probability * 0x1p32).rounded())
        return words(count).map { UInt64($0) < threshold }
    }

    /// Returns the indices of those of `count` coin flips that are true, in ascending order: of few in many, so that
    /// flips are compared sixty-four at a time.
    package func trueFlips(_ count: Int, probability: Double) -> [Int] {
        precondition(probability >= 0 && probability <= 1, "trueFlips: probability \(probability)")
        let threshold = UInt64((probability * 0x1p32).rounded())
        guard threshold < 1 << 32 else { return Array(0..<count) }
        let pieces = Pieces(of: (count + 63) / 64, grain: 128)
        var found = [[Int]](repeating: [], count: pieces.count)
        let bound = UInt32(threshold)
        unsafe found.withUnsafeMutableBufferPointer { buffer in
            let lists = unsafe buffer
            concurrently(pieces.count) { unsafe lists[$0] = hits(inBlocks: pieces[$0], below: bound) }
        }
        var indices = Array(found.joined())
        while let last = indices.last, last >= count { indices.removeLast() }
        return indices
    }

    /// The indices of the words below a bound in some blocks.
    private func hits(inBlocks blocks: Range<Int>, below bound: UInt32) -> [Int] {
        var indices: [Int] = []
        for block in blocks {
            let (a, b, c, d) = Philox.words(block: UInt64(block), key: key)
            let (low, high) = (
                UInt64(vec_mask_below(a, bound)) | UInt64(vec_mask_below(b, bound)) << 16,
                UInt64(vec_mask_below(c, bound)) | UInt64(vec_mask_below(d, bound)) << 16
            )
            var hits = low | high << 32
            while hits != 0 {
                indices.append(64 * block + hits.trailingZeroBitCount)
                hits &= hits - 1
            }
        }
        return indices
    }

    /// Returns a permutation of 0..<count, uniform up to the bias 2⁻⁶⁴·count of a modulus (Fisher–Yates).
    public func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        guard count > 1 else { return order }
        let words = words(2 * count)
        for i in stride(from: count - 1, through: 1, by: -1) {
            let draw = UInt64(words[2 * i]) << 32 | UInt64(words[2 * i + 1])
            order.swapAt(i, Int(draw % UInt64(i + 1)))
        }
        return order
    }

    /// Returns a tensor of numbers uniform in [low, high).
    public func uniformTensor(_ shape: [Int], _ low: Float = 0, _ high: Float = 1) -> Tensor {
        Tensor(uniforms(shape.reduce(1, *)).map { low + (high - low) * $0 }, shape: shape)
    }

    /// Returns a tensor of independent standard normal numbers, times a deviation.
    ///
    /// Box–Muller in single precision from 24-bit uniforms: the tail ends at 5.9 standard deviations, and the values
    /// lie on a grid. For experiments, not for noise that must withstand an adversary who reads its last bits.
    public func normalTensor(_ shape: [Int], deviation: Float = 1) -> Tensor {
        let result = Tensor(uninitialised: shape)
        visitNormals(result.count) { index, normals in
            unsafe store(normals * deviation, result.storage.base + index)
        }
        return result
    }

    /// Adds independent standard normal numbers, times a deviation: those of `normalTensor`.
    ///
    /// The sums are then scaled.
    package func addNormals(to tensor: inout Tensor, deviation: Float, scaledBy factor: Float = 1) {
        let (target, deviation) = unsafe (tensor.mutablePointer(), Vector(repeating: deviation))
        visitNormals(tensor.count) { index, normals in
            unsafe store(fma(normals, deviation, load(target + index)) * factor, target + index)
        }
    }

    /// Calls `body` with the normals of sixteen elements at a time, the last of which may lie in the padding.
    @inline(__always)
    private func visitNormals(_ count: Int, _ body: (Int, Vector) -> Void) {
        inPieces(of: (count + 63) / 64, grain: 128) { piece in
            for block in piece {
                let (a, b, c, d) = Philox.words(block: UInt64(block), key: key)
                let start = 64 * block
                let (first, second) = RandomStream.boxMuller(a, b)
                body(start, first)
                if start + 16 < count { body(start + 16, second) }
                guard start + 32 < count else { continue }
                let (third, fourth) = RandomStream.boxMuller(c, d)
                body(start + 32, third)
                if start + 48 < count { body(start + 48, fourth) }
            }
        }
    }

    /// Numbers below 2³¹; their bits are those of signed ones, which a conversion would take lane by lane.
    @inline(__always)
    private static func floats(_ words: Philox.Lanes) -> Vector {
        unsafe vec_float(unsafeBitCast(words, to: SIMD16<Int32>.self))
    }

    @inline(__always)
    private static func boxMuller(_ a: Philox.Lanes, _ b: Philox.Lanes) -> (Vector, Vector) {
        let u = (floats(a &>> 8) + 0.5) * 0x1p-24
        let turns = floats(b &>> 8) * 0x1p-24
        let radius = vec_sqrt(-2 * log(u))
        let (s, c) = sineAndCosine(turns: turns)
        return (radius * c, radius * s)
    }
}
