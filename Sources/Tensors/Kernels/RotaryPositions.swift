import Foundation

/// Positions as rotations of queries and keys, so that their products depend on distances alone.
///
/// Channel pair i of a head turns by position·10000^(−2i/d) radians. Pairs are halves of a head, channel i with channel
/// i + d/2, as in GPT-NeoX; the paper pairs neighbours, which is the same up to a permutation of a weight's rows.
///
/// - Source: Su et al. 2021 (RoFormer).
public struct RotaryPositions: Sendable {
    /// Heads.
    public let heads: Int
    /// Channels of a head, an even number.
    public let headWidth: Int
    /// The cosine and sine of each position's angles, shape [length, headWidth/2].
    private let cosines: Tensor
    private let sines: Tensor

    /// Computes the angles of positions 0..<length, in double precision.
    public init(length: Int, heads: Int, width: Int) {
        precondition(width % (2 * heads) == 0, "rotary positions: \(heads) heads of even width in \(width)")
        (self.heads, headWidth) = (heads, width / heads)
        let half = headWidth / 2
        let rates = (0..<half).map { pow(10_000, -Double($0) / Double(half)) }
        let angles = (0..<length * half).map { Double($0 / half) * rates[$0 % half] }
        cosines = Tensor(angles.map { Float(cos($0)) }, shape: [length, half])
        sines = Tensor(angles.map { Float(sin($0)) }, shape: [length, half])
    }

    /// Turns the queries and keys of a packed projection to their positions, or back; values stay as they are.
    ///
    /// - Shapes: packed [sequences·length, 3·width] holds Q, K and V side by side; row r is at position
    ///   `start` + r mod `length`.
    /// - Complexity: O(rows·width).
    package func rotate(_ packed: inout Tensor, length: Int, from start: Int = 0, backwards: Bool = false) {
        let columns = packed.columns
        precondition(
            columns == 3 * heads * headWidth && start + length <= cosines.rows,
            "rotary positions \(start)..<\(start + length) of \(cosines.rows) for \(packed.shape)")
        let (half, rows) = (headWidth / 2, packed.rows)
        let base = unsafe packed.mutablePointer()
        inPieces(of: rows, grain: max(1, 16_384 / columns)) { piece in
            for row in piece {
                let angle = (start + row % length) * half
                let (c, s) = unsafe (cosines.pointer + angle, sines.pointer + angle)
                for head in 0..<2 * heads {
                    let x = unsafe base + row * columns + head * headWidth
                    unsafe rotateHead(x, c, s, half, backwards ? -1 : 1)
                }
            }
        }
    }
}

/// (a, b) ← (a·cos − b·sin, a·sin + b·cos) for the halves a and b of one head.
@inline(__always)
private func rotateHead(
    _ x: UnsafeMutablePointer<Float>, _ c: UnsafePointer<Float>, _ s: UnsafePointer<Float>, _ half: Int, _ sign: Float
) {
    let y = unsafe x + half
    forEachVector(half) { i in
        let (a, b, cosine, sine) = unsafe (load(x + i), load(y + i), load(c + i), load(s + i) * sign)
        unsafe store(a * cosine - b * sine, x + i)
        unsafe store(a * sine + b * cosine, y + i)
    } tail: { i, lanes in
        for lane in i..<i + lanes {
            let (a, b, cosine, sine) = unsafe (x[lane], y[lane], c[lane], sign * s[lane])
            unsafe x[lane] = a * cosine - b * sine
            unsafe y[lane] = a * sine + b * cosine
        }
    }
}
