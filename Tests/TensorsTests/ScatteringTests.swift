import Foundation
import TestSupport
import Testing

@testable import Tensors

@Suite("The scattering transform is that of its paper") struct ScatteringTests {
    /// Some images and what Kymatio 0.3.0 makes of them: noise, a plane wave, noise.
    @Test("as Kymatio has it, of images with sides that four divides and of others", arguments: ["square", "oblong"])
    func golden(_ name: String) throws {
        let golden = try Golden("scattering")[name]
        let scattering = Scattering(name == "square" ? 28 : Extent(11, 18))
        let found = scattering(try golden.tensor("images"))
        #expect(found.shape == [3] + (name == "square" ? [7, 7] : [2, 4]) + [81])
        let expected = try golden.doubles("features")
        #expect(found.count == expected.count)
        let worst = zip(found.values, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
        // Kymatio writes 3.1415 for π, once for each filter that a channel goes through.
        #expect(worst < 1e-4, "\(worst)")
    }

    /// The transform by its definition: sums over the torus in double precision.
    private func oracle(_ image: [Float], side: Int, channel: Int) -> [Double] {
        let torus = (side / 4 + 2) * 4
        func mirrored(_ place: Int) -> Int {
            let place = abs(place - (torus - side) / 2)
            return place < side ? place : 2 * (side - 1) - place
        }
        let field = (0..<torus * torus).map { Double(image[mirrored($0 / torus) * side + mirrored($0 % torus)]) }
        let filters = ScatteringFilters(Extent(torus))
        /// The modulus of a circular convolution with a filter that is known by its Fourier transform.
        func modulus(_ field: [Double], _ filter: [Double], every step: Int, _ n: Int) -> [Double] {
            // In space: the filter is the inverse transform.
            let kernel = (0..<n * n).map { place -> (Double, Double) in
                (0..<n * n).reduce((0, 0)) { sum, k in
                    let turn = 2 * Double.pi * Double((place / n) * (k / n) + (place % n) * (k % n)) / Double(n)
                    return (sum.0 + filter[k] * cos(turn), sum.1 + filter[k] * sin(turn))
                }
            }
            return (0..<n * n / (step * step)).map { index in
                let (y, x) = (index / (n / step) * step, index % (n / step) * step)
                let value = (0..<n * n).reduce((0.0, 0.0)) { sum, place in
                    let shift = ((y - place / n + n) % n) * n + (x - place % n + n) % n
                    return (sum.0 + field[place] * kernel[shift].0, sum.1 + field[place] * kernel[shift].1)
                }
                return (value.0 * value.0 + value.1 * value.1).squareRoot() / Double(n * n)
            }
        }
        func average(_ field: [Double], step: Int) -> [Double] {
            let matrix = ScatteringFilters.average(length: torus, step: step)
            let (n, rows) = (torus / step, torus / 4 - 2)
            return (0..<rows * rows).map { index in
                (0..<n * n).reduce(0) { sum, place in
                    sum + matrix[index / rows * n + place / n] * matrix[index % rows * n + place % n] * field[place]
                }
            }
        }
        switch channel {
        case 0: return average(field, step: 1)
        case 1...8:
            return average(modulus(field, filters.wavelet(scale: 0, angle: channel - 1), every: 1, torus), step: 1)
        case 9...16:
            return average(modulus(field, filters.wavelet(scale: 1, angle: channel - 9), every: 2, torus), step: 2)
        default:
            let (first, second) = (channel - 17).quotientAndRemainder(dividingBy: 8)
            let fine = modulus(field, filters.wavelet(scale: 0, angle: first), every: 1, torus)
            return average(modulus(fine, filters.wavelet(scale: 1, angle: second), every: 2, torus), step: 2)
        }
    }

    @Test("as the sums of its definition", arguments: [0, 3, 11, 17 + 8 * 5 + 2]) func definition(_ channel: Int) {
        let side = 8
        let image = RandomStream(seed: 3)["image"].uniformTensor([1, side * side], 0, 1)
        let found = Scattering(Extent(side))(image)
        let expected = oracle(image.values, side: side, channel: channel)
        #expect(expected.count == 4 && expected.contains { $0 > 1e-3 })
        for (position, value) in expected.enumerated() {
            #expect(abs(Double(found[position * Scattering.channels + channel]) - value) < 2e-6, "at \(position)")
        }
    }

    @Test("wavelets see no constant, and an average keeps it") func constants() {
        let found = Scattering(28)(Tensor(repeating: 0.7, shape: [1, 784]))
        for position in 0..<49 {
            #expect(abs(found[position * Scattering.channels] - 0.7) < 1e-5)
            for channel in 1..<Scattering.channels {
                #expect(abs(found[position * Scattering.channels + channel]) < 1e-5)
            }
        }
    }

    @Test("a shift by four pixels moves the result by one position, and one pixel hardly changes it") func shifts() {
        // A patch far from the rim, so that nothing is mirrored.
        func image(_ offset: Int) -> Tensor {
            let noise = RandomStream(seed: 4)["patch"].uniformTensor([64], 0, 1)
            var pixels = [Float](repeating: 0, count: 3136)
            for index in 0..<64 { pixels[(24 + index / 8) * 56 + 20 + offset + index % 8] = noise[index] }
            return Tensor(pixels, shape: [1, 3136])
        }
        let scattering = Scattering(56)
        let (still, one, four) = (scattering(image(0)), scattering(image(1)), scattering(image(4)))
        for row in 0..<14 {
            for column in 0..<13 {
                for channel in 0..<Scattering.channels {
                    let from = still[((row * 14) + column) * Scattering.channels + channel]
                    #expect(abs(four[((row * 14) + column + 1) * Scattering.channels + channel] - from) < 1e-5)
                }
            }
        }
        let change = (one - still).squaredNorm() / still.squaredNorm()
        let pixels = (image(1) - image(0)).squaredNorm() / image(0).squaredNorm()
        #expect(change < pixels / 4, "\(change) of the result, \(pixels) of the pixels")
    }

    @Test("a plane wave is heard at its own angle and scale") func plane() throws {
        // Along y, with the frequency 3π/4 of the fine wavelets: the angle 0, which is the fourth.
        let wave = (0..<784).map { Float(cos(0.75 * Double.pi * Double($0 / 28))) }
        let found = Scattering(28)(Tensor(wave, shape: [1, 784]))
        let middle = (1...16).map { found[(3 * 7 + 3) * Scattering.channels + $0] }
        let loudest = try #require(middle.indices.max { middle[$0] < middle[$1] })
        #expect(loudest == 3)
    }

    @Test("images do not depend on their neighbours, however many there are") func independence() {
        let images = RandomStream(seed: 5)["images"].uniformTensor([131, 100], 0, 1)
        let scattering = Scattering(10)
        let all = scattering(images)
        for index in [0, 63, 64, 130] {
            #expect(
                scattering(images.rows(index..<index + 1)).values == all.reshaped([131, all.count / 131]).row(index))
        }
        #expect(scattering(.zeros([0, 100])).count == 0)
    }
}
