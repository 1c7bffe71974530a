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
