import CVec

/// Sixteen floats: one AVX-512 register, or two of AVX2.
typealias Vector = SIMD16<Float>

@inline(__always)
func load(_ pointer: UnsafePointer<Float>) -> Vector {
    unsafe UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

@inline(__always)
func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>) {
    unsafe UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
}

/// Loads the first `count` lanes, the rest being `filler`.
@inline(__always)
func load(_ pointer: UnsafePointer<Float>, first count: Int, filler: Float) -> Vector {
    var vector = Vector(repeating: filler)
    for lane in 0..<count { vector[lane] = unsafe pointer[lane] }
    return vector
}

/// Stores the first `count` lanes.
@inline(__always)
func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>, first count: Int) {
    for lane in 0..<count { unsafe pointer[lane] = vector[lane] }
}

@inline(__always)
func fma(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector { vec_fma(a, b, c) }

/// Bounds every lane; the standard library's `clamped` goes lane by lane.
@inline(__always)
func clamp(_ x: Vector, _ lower: Float, _ upper: Float) -> Vector {
    let (low, high) = (Vector(repeating: lower), Vector(repeating: upper))
    let raised = x.replacing(with: low, where: x .< low)
    return raised.replacing(with: high, where: raised .> high)
}

/// The sum of the lanes, by halves: the standard library's `sum` is a call.
@inline(__always)
func laneSum(_ x: Vector) -> Float {
    let eight = x.lowHalf + x.highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
}

/// The sum of the lanes of each of sixteen vectors, in order: each round adds the halves of two vectors lane by lane.
@inline(__always)
func sixteenLaneSums(
    _ x0: Vector, _ x1: Vector, _ x2: Vector, _ x3: Vector, _ x4: Vector, _ x5: Vector, _ x6: Vector, _ x7: Vector,
    _ x8: Vector, _ x9: Vector, _ x10: Vector, _ x11: Vector, _ x12: Vector, _ x13: Vector, _ x14: Vector, _ x15: Vector
) -> Vector {
    @inline(__always)
    func joined(_ a: Vector, _ b: Vector) -> Vector { vec_interleave_low(a, b) + vec_interleave_high(a, b) }
    let (a0, a4) = (joined(x0, x8), joined(x4, x12))
    let (a2, a6) = (joined(x2, x10), joined(x6, x14))
    let (a1, a5) = (joined(x1, x9), joined(x5, x13))
    let (a3, a7) = (joined(x3, x11), joined(x7, x15))
    let (b0, b2) = (joined(a0, a4), joined(a2, a6))
    let (b1, b3) = (joined(a1, a5), joined(a3, a7))
    return joined(joined(b0, b2), joined(b1, b3))
}

/// The largest of the lanes, by halves.
@inline(__always)
func laneMaximum(_ x: Vector) -> Float {
    let eight = x.lowHalf.replacing(with: x.highHalf, where: x.highHalf .> x.lowHalf)
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
    return two.y > two.x ? two.y : two.x
}

/// y[i] ← f(x[i]) over whole vectors; both blocks are padded, so there is no tail.
@inline(__always)
func map(
    _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, _ f: (Vector) -> Vector
) {
    var i = 0
    while i < count {
        unsafe store(f(load(x + i)), y + i)
        i += 16
    }
}

/// y[i] ← f(a[i], b[i]) over whole vectors.
@inline(__always)
func map(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int,
    _ f: (Vector, Vector) -> Vector
) {
    var i = 0
    while i < count {
        unsafe store(f(load(a + i), load(b + i)), y + i)
        i += 16
    }
}

/// Calls `body` with each vector of a row and whether lanes are missing: (offset, lanes).
@inline(__always)
func forEachVector(_ count: Int, _ full: (Int) -> Void, tail: (Int, Int) -> Void) {
    var i = 0
    while i + 16 <= count {
        full(i)
        i += 16
    }
    if i < count { tail(i, count - i) }
}

/// Σ f(x[i]), with vectors for the body and `f` of a zero-filled vector for the tail; f(0) must be 0.
@inline(__always)
func sum(_ x: UnsafePointer<Float>, _ count: Int, _ f: (Vector) -> Vector) -> Float {
    var total = Vector(repeating: 0)
    forEachVector(count) { i in
        unsafe total += f(load(x + i))
    } tail: { i, lanes in
        unsafe total += f(load(x + i, first: lanes, filler: 0))
    }
    return laneSum(total)
}

/// Σ f(a[i], b[i]); f(0, 0) must be 0.
@inline(__always)
func sum(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int, _ f: (Vector, Vector) -> Vector
) -> Float {
    var total = Vector(repeating: 0)
    forEachVector(count) { i in
        unsafe total += f(load(a + i), load(b + i))
    } tail: { i, lanes in
        unsafe total += f(load(a + i, first: lanes, filler: 0), load(b + i, first: lanes, filler: 0))
    }
    return laneSum(total)
}

/// y[i] ← y[i] + factor·x[i].
@inline(__always)
func addMultiple(_ factor: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    forEachVector(count) { i in
        unsafe store(fma(load(x + i), Vector(repeating: factor), load(y + i)), y + i)
    } tail: { i, lanes in
        for lane in i..<i + lanes { unsafe y[lane] += factor * x[lane] }
    }
}
