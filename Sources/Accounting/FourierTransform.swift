import RealModule

/// The discrete Fourier transform of a power of two of `Double`s, by the self-sorting algorithm of Stockham.
///
/// - Complexity: O(n log n) time, O(n) memory. The error grows like log n times the machine precision.
/// - Source: Van Loan 1992, "Computational Frameworks for the Fast Fourier Transform", section 1.7, in radix 4; section
///   4.3 for real input.
struct FourierTransform {
    /// How many complex numbers are transformed.
    let count: Int
    /// cos and sin of −2πk/n for k < 3n/4, interleaved; by one call each, because recurrences lose digits.
    private let twiddles: [Double]

    /// Prepares the transform of `count` numbers.
    ///
    /// - Precondition: `count` is a power of two.
    init(count: Int) {
        precondition(count > 0 && count & (count - 1) == 0, "FourierTransform: \(count) is not a power of two")
        self.count = count
        var table: [Double] = []
        table.reserveCapacity(2 * count)
        for k in 0..<max(1, 3 * count / 4) {
            let angle = -2 * Double.pi * Double(k) / Double(count)
            table.append(Double.cos(angle))
            table.append(Double.sin(angle))
        }
        twiddles = table
    }

    /// Replaces z by Z with Z[k] = Σ z[j]·e^(−2πijk/n); real and imaginary parts lie side by side.
    ///
    /// - Precondition: `values` holds 2·`count` numbers.
    func forward(_ values: inout [Double]) {
        precondition(values.count == 2 * count, "FourierTransform: \(values.count) numbers for \(count) values")
        var other = [Double](repeating: 0, count: values.count)
        var (length, stride) = (count, 1)
        while length >= 4 {
            passOfFour(length, stride, values, &other)
            swap(&values, &other)
            (length, stride) = (length / 4, stride * 4)
        }
        if length == 2 {
            passOfTwo(stride, values, &other)
            swap(&values, &other)
        }
    }

    private func passOfTwo(_ stride: Int, _ input: [Double], _ output: inout [Double]) {
        let x = input.span
        var y = output.mutableSpan
        for q in 0..<(2 * stride) {
            let (a, b) = (x[q], x[q + 2 * stride])
            y[q] = a + b
            y[q + 2 * stride] = a - b
        }
    }

    private func passOfFour(_ length: Int, _ stride: Int, _ input: [Double], _ output: inout [Double]) {
        let (x, w) = (input.span, twiddles.span)
        var y = output.mutableSpan
        let (quarter, step) = (length / 4, 2 * stride)
        for p in 0..<quarter {
            let k = 2 * p * stride
            let (c1, s1, c2, s2, c3, s3) = (w[k], w[k + 1], w[2 * k], w[2 * k + 1], w[3 * k], w[3 * k + 1])
            let (from, to) = (step * p, 4 * step * p)
            for q in Swift.stride(from: 0, to: step, by: 2) {
                let (i0, i1) = (from + q, from + q + step * quarter)
                let (i2, i3) = (i1 + step * quarter, i1 + 2 * step * quarter)
                let (ar, ai, br, bi) = (x[i0], x[i0 + 1], x[i1], x[i1 + 1])
                let (cr, ci, dr, di) = (x[i2], x[i2 + 1], x[i3], x[i3 + 1])
                let (sumR, sumI, differenceR, differenceI) = (ar + cr, ai + ci, ar - cr, ai - ci)
                // (b − d) times −i.
                let (crossSumR, crossSumI, crossR, crossI) = (br + dr, bi + di, bi - di, dr - br)
                let o = to + q
                y[o] = sumR + crossSumR
                y[o + 1] = sumI + crossSumI
                let (r1, m1) = (differenceR + crossR, differenceI + crossI)
                y[o + step] = r1 * c1 - m1 * s1
                y[o + step + 1] = r1 * s1 + m1 * c1
                let (r2, m2) = (sumR - crossSumR, sumI - crossSumI)
                y[o + 2 * step] = r2 * c2 - m2 * s2
                y[o + 2 * step + 1] = r2 * s2 + m2 * c2
                let (r3, m3) = (differenceR - crossR, differenceI - crossI)
                y[o + 3 * step] = r3 * c3 - m3 * s3
                y[o + 3 * step + 1] = r3 * s3 + m3 * c3
            }
        }
    }
}

/// The discrete Fourier transform of a power of two of real numbers, by a complex one of half the size.
struct RealFourierTransform {
    /// How many real numbers are transformed.
    let count: Int
    private let half: FourierTransform
    /// cos and sin of −2πk/n for k ≤ n/2.
    private let twiddles: [(cosine: Double, sine: Double)]

    /// Prepares the transform of `count` numbers.
    ///
    /// - Precondition: `count` is a power of two, at least 2.
    init(count: Int) {
        precondition(count >= 2, "RealFourierTransform: \(count) numbers")
        self.count = count
        half = FourierTransform(count: count / 2)
        twiddles = (0...(count / 2)).map { k in
            let angle = -2 * Double.pi * Double(k) / Double(count)
            return (Double.cos(angle), Double.sin(angle))
        }
    }

    /// Returns X[k] = Σ x[j]·e^(−2πijk/n) for k from 0 to n/2, real and imaginary parts side by side.
    ///
    /// - Precondition: `values` holds `count` numbers.
    func forward(_ values: [Double]) -> [Double] {
        var packed = values
        half.forward(&packed)
        let size = count / 2
        var spectrum = [Double](repeating: 0, count: count + 2)
        for k in 0...size {
            let (i, j) = (2 * (k % size), 2 * ((size - k) % size))
            let (evenR, evenI) = ((packed[i] + packed[j]) / 2, (packed[i + 1] - packed[j + 1]) / 2)
            let (oddR, oddI) = ((packed[i + 1] + packed[j + 1]) / 2, (packed[j] - packed[i]) / 2)
            let (c, s) = twiddles[k]
            spectrum[2 * k] = evenR + oddR * c - oddI * s
            spectrum[2 * k + 1] = evenI + oddR * s + oddI * c
        }
        return spectrum
    }

    /// Returns the `count` real numbers whose ``forward(_:)`` is `spectrum`.
    ///
    /// - Precondition: `spectrum` holds the n/2 + 1 values of a real sequence, the first and the last without an
    ///   imaginary part.
    func inverse(_ spectrum: [Double]) -> [Double] {
        let size = count / 2
        // The inverse is the forward transform with real and imaginary parts exchanged.
        var packed = [Double](repeating: 0, count: count)
        for k in 0..<size {
            let (i, j) = (2 * k, 2 * (size - k))
            let (evenR, evenI) = (spectrum[i] + spectrum[j], spectrum[i + 1] - spectrum[j + 1])
            let (dR, dI) = (spectrum[i] - spectrum[j], spectrum[i + 1] + spectrum[j + 1])
            let (c, s) = twiddles[k]
            let (oddR, oddI) = (dR * c + dI * s, dI * c - dR * s)
            packed[i] = evenI + oddR
            packed[i + 1] = evenR - oddI
        }
        half.forward(&packed)
        let scale = 1 / Double(count)
        var values = [Double](repeating: 0, count: count)
        for k in 0..<size {
            values[2 * k] = packed[2 * k + 1] * scale
            values[2 * k + 1] = packed[2 * k] * scale
        }
        return values
    }
}
