import Foundation

/// The wavelets of a scattering transform of two scales and eight angles, on a torus of the given extent.
///
/// Every filter is given by its Fourier transform, which is real since a wavelet's real part is even and its imaginary
/// part odd. They are functions of the extent alone: no record has any say in them.
/// - Source: Bruna and Mallat 2013; the constants are those of Andreux et al. 2020 (Kymatio), made for eight angles.
/// - Deviation: Kymatio writes 3.1415 for π where it normalises, a relative difference of 3e-5.
struct ScatteringFilters {
    /// Dyadic scales: the wavelets' wavelengths are 8/3 and 16/3 pixels.
    static let scales = 2
    /// Angles from 0 to π.
    static let angles = 8
    /// The deviation of the finest wavelet's envelope along its wave, in pixels.
    private static let deviation = 0.8
    /// The envelope's deviation along the wave as a share of that across it.
    private static let slant = 4.0 / Double(angles)

    private let extent: Extent

    /// Creates the filters on a torus whose sides are multiples of four.
    init(_ extent: Extent) { self.extent = extent }

    /// The Fourier transform of the Morlet wavelet of a scale and an angle, both counted from 0, row by row.
    func wavelet(scale: Int, angle: Int) -> [Double] {
        let (height, width) = (extent.height, extent.width)
        let stretch = Double(1 << scale)
        let turn = Double(Self.angles / 2 - 1 - angle) * .pi / Double(Self.angles)
        let wave = Wave(deviation: Self.deviation * stretch, angle: turn, frequency: 0.75 * .pi / stretch)
        var (envelope, real, imaginary) = (
            [Double](repeating: 0, count: height * width), [Double](repeating: 0, count: height * width),
            [Double](repeating: 0, count: height * width)
        )
        for index in envelope.indices {
            for period in 0..<25 {
                let y = Double(index / width + (period / 5 - 2) * height)
                let x = Double(index % width + (period % 5 - 2) * width)
                let (size, phase) = wave(y, x)
                envelope[index] += size
                real[index] += size * cos(phase)
                imaginary[index] += size * sin(phase)
            }
        }
        // What is left of a wave's mean is taken off it, so that a wavelet sees no constant.
        let share = real.reduce(0, +) / envelope.reduce(0, +)
        for index in real.indices { real[index] -= share * envelope[index] }
        return spectrum(real, imaginary)
    }

    /// A plane wave under a Gaussian of unit mass.
    private struct Wave {
        var deviation: Double
        var angle: Double
        var frequency: Double

        /// The envelope and the phase at a place.
        func callAsFunction(_ y: Double, _ x: Double) -> (size: Double, phase: Double) {
            let along = y * cos(angle) + x * sin(angle)
            let across = -y * sin(angle) + x * cos(angle)
            let square = (along * along + slant * slant * across * across) / (2 * deviation * deviation)
            return (exp(-square) * slant / (2 * .pi * deviation * deviation), frequency * along)
        }
    }

    /// The real part of the Fourier transform of a filter, one axis after the other.
    private func spectrum(_ real: [Double], _ imaginary: [Double]) -> [Double] {
        let (height, width) = (extent.height, extent.width)
        var rows = [(Double, Double)](repeating: (0, 0), count: height * width)
        for y in 0..<height {
            for k in 0..<width {
                for x in 0..<width {
                    let angle = -2 * Double.pi * Double(k * x % width) / Double(width)
                    let (a, b) = (real[y * width + x], imaginary[y * width + x])
                    rows[y * width + k].0 += a * cos(angle) - b * sin(angle)
                    rows[y * width + k].1 += a * sin(angle) + b * cos(angle)
                }
            }
        }
        return (0..<height * width).map { index in
            (0..<height).reduce(0) { sum, y in
                let angle = -2 * Double.pi * Double(index / width * y % height) / Double(height)
                let (a, b) = rows[y * width + index % width]
                return sum + a * cos(angle) - b * sin(angle)
            }
        }
    }

    /// One axis of the low-pass filter, a Gaussian, that is read at every fourth pixel but the two at the rim.
    ///
    /// - Parameters:
    ///   - length: the length of the axis in pixels.
    ///   - step: how many pixels lie between two samples of what is averaged, 1 or 2.
    /// - Returns: the weights, row by row: [length / 4 − 2, length / step].
    static func average(length: Int, step: Int) -> [Double] {
        let samples = length / step
        let deviation = Self.deviation * Double(1 << (scales - 1))
        let gaussian = (0..<length).map { place in
            (-2...2).reduce(0.0) { sum, period in
                let x = Double(place + period * length)
                return sum + exp(-x * x / (2 * deviation * deviation)) / ((2 * .pi).squareRoot() * deviation)
            }
        }
        // The frequencies that the samples can hold, of which the highest is counted once.
        let frequencies = (-(samples / 2)..<samples / 2).map { k in
            (k, (0..<length).reduce(0.0) { $0 + gaussian[$1] * cos(2 * .pi * Double(k * $1) / Double(length)) })
        }
        let kernel = (0..<samples).map { place in
            frequencies.reduce(0.0) { sum, pair in
                sum + pair.1 * cos(2 * .pi * Double(pair.0 * place) / Double(samples)) / Double(samples)
            }
        }
        let stride = (1 << scales) / step
        return (1..<length / (1 << scales) - 1).flatMap { position in
            (0..<samples).map { kernel[((position * stride - $0) % samples + samples) % samples] }
        }
    }
}
