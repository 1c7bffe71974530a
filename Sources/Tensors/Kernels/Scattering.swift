import CVec
import Foundation

/// The scattering transform of grey images, of two scales, eight angles and two orders: what wavelets see of an image,
/// and what they see of that, averaged over squares of four pixels.
///
/// With the modulus U f = |x ⋆ ψ|, the low-pass filter φ and the wavelets ψ of the fine scale λ and of the coarse scale
/// μ the 81 channels are x ⋆ φ; |x ⋆ ψ| ⋆ φ for the 8 + 8 wavelets; and ||x ⋆ ψ_λ| ⋆ ψ_μ| ⋆ φ for the 8·8 pairs, in
/// that order. Images are mirrored at their rim. The transform is fixed, so it costs no privacy, and it hardly changes
/// when an image moves by a pixel.
/// - Source: Bruna and Mallat 2013, as in Kymatio (Andreux et al. 2020), `Scattering2D(J=2, L=8)`.
/// - Complexity: about 9 million multiply-adds for an image of 28×28.
public struct Scattering: Sendable {
    /// The channels of the result.
    public static let channels = 1 + 2 * ScatteringFilters.angles + ScatteringFilters.angles * ScatteringFilters.angles

    /// The extent of the images.
    public let image: Extent
    /// The extent of the result.
    public let positions: Extent
    /// The torus on which images are mirrored, and what is left of it at the coarse scale.
    private let torus: Extent
    private let coarse: Extent
    /// The wavelets' Fourier transforms, those of the fine scale first, and of the coarse scale after 2 × 2 frequencies
    /// became one, each [height, width] of the torus.
    private let wavelets: [Tensor]
    private let fine: Transform
    private let folded: Transform

    /// The matrices of one resolution.
    fileprivate struct Transform: Sendable {
        /// Rows to spectra of reals: [2·width, width], cosines above negative sines.
        var forwardRows: Tensor
        /// Columns to spectra: cosines and sines [height, height].
        var cosines: Tensor
        var sines: Tensor
        /// The columns of a spectrum to places: [height, 2·height] for the real and the imaginary part.
        var inverseReal: Tensor
        var inverseImaginary: Tensor
        /// The rows of a spectrum to places: [2·width, 2·width].
        var inverseRows: Tensor
        /// The averages of columns and rows: [positions, height] and [positions, width].
        var averageColumns: Tensor
        var averageRows: Tensor
    }

    /// Creates the transform of images of an extent, whose sides are at least eight pixels.
    public init(_ image: Extent) {
        precondition(Self.fits(image), "scattering: images of \(image)")
        self.image = image
        torus = Extent((image.height / 4 + 2) * 4, (image.width / 4 + 2) * 4)
        coarse = Extent(torus.height / 2, torus.width / 2)
        positions = Extent(torus.height / 4 - 2, torus.width / 4 - 2)
        let filters = ScatteringFilters(torus)
        wavelets = (0..<ScatteringFilters.scales * ScatteringFilters.angles).map { index in
            let (scale, angle) = index.quotientAndRemainder(dividingBy: ScatteringFilters.angles)
            let values = filters.wavelet(scale: scale, angle: angle)
            return Tensor(values.map { Float(scale == 0 ? $0 : $0 / 4) })
        }
        fine = Transform(torus, of: torus)
        folded = Transform(coarse, of: torus)
    }

    /// Whether images of an extent have a transform: the mirror at their rim needs eight pixels a side.
    public static func fits(_ image: Extent) -> Bool { image.height >= 8 && image.width >= 8 }

    /// How many images are transformed side by side.
    private static let lanes = 64

    /// Returns the channels of each image.
    ///
    /// - Shapes: images [count, height·width] → [count, positions.height, positions.width, channels].
    public func callAsFunction(_ images: Tensor) -> Tensor {
        let (count, size) = (images.rows, images.columns)
        precondition(size == image.area, "scattering: images of \(size) pixels, expected \(image)")
        let result = Tensor(uninitialised: [count, positions.height, positions.width, Self.channels])
        concurrently(Pieces(of: count, grain: Self.lanes)) { piece in
            for start in stride(from: piece.lowerBound, to: piece.upperBound, by: Self.lanes) {
                let group = start..<min(start + Self.lanes, piece.upperBound)
                unsafe transform(
                    images.pointer + start * size, group.count,
                    result.storage.base + start * positions.area * Self.channels)
            }
        }
        return result
    }

    /// Transforms some images: everything in between lies image beside image, so that every step is a product of
    /// matrices with `lanes` columns or more.
    private func transform(_ images: UnsafePointer<Float>, _ count: Int, _ result: UnsafeMutablePointer<Float>) {
        let (lanes, area) = (Self.lanes, torus.area * Self.lanes)
        unsafe Scratch.with(10 * area + Self.channels * positions.area * lanes) { scratch in
            let channels = unsafe scratch + 10 * area
            let workspace = unsafe scratch + 6 * area
            let (field, spectrum, second) = unsafe (scratch, scratch + area, scratch + 3 * area)
            func average(_ transform: Transform, _ field: UnsafePointer<Float>, _ channel: Int) {
                unsafe transform.average(field, workspace, channels + channel * positions.area * lanes, lanes)
            }
            let (angles, modulus) = unsafe (ScatteringFilters.angles, scratch + 5 * area)
            unsafe mirror(images, count, field)
            unsafe average(fine, field, 0)
            unsafe fine.forward(field, workspace, spectrum, lanes)
            for angle in 0..<angles {
                unsafe filtered(spectrum, angles + angle, workspace, modulus)
                unsafe average(folded, modulus, 1 + angles + angle)
            }
            for first in 0..<angles {
                unsafe filtered(spectrum, first, workspace, modulus)
                unsafe average(fine, modulus, 1 + first)
                unsafe fine.forward(modulus, workspace, second, lanes)
                for angle in 0..<angles {
                    unsafe filtered(second, angles + angle, workspace, modulus)
                    unsafe average(folded, modulus, 1 + 2 * angles + first * angles + angle)
                }
            }
            unsafe gather(channels, count, result)
        }
    }

    /// Copies images to the middle of the torus, mirrored at the rim, pixel by pixel with the images side by side.
    private func mirror(_ images: UnsafePointer<Float>, _ count: Int, _ field: UnsafeMutablePointer<Float>) {
        func source(_ place: Int, _ length: Int, _ torus: Int) -> Int {
            var place = place - (torus - length) / 2
            if place < 0 { place = -place }
            return place < length ? place : 2 * (length - 1) - place
        }
        for y in 0..<torus.height {
            let row = source(y, image.height, torus.height)
            for x in 0..<torus.width {
                let pixel = row * image.width + source(x, image.width, torus.width)
                let target = unsafe field + (y * torus.width + x) * Self.lanes
                for lane in 0..<Self.lanes {
                    unsafe target[lane] = lane < count ? images[lane * image.area + pixel] : 0
                }
            }
        }
    }

    /// The modulus of a spectrum's product with a wavelet, at the wavelet's resolution.
    private func filtered(
        _ spectrum: UnsafePointer<Float>, _ index: Int, _ workspace: UnsafeMutablePointer<Float>,
        _ modulus: UnsafeMutablePointer<Float>
    ) {
        let (lanes, isFine) = (Self.lanes, index < ScatteringFilters.angles)
        let (extent, transform) = isFine ? (torus, fine) : (coarse, folded)
        let product = unsafe workspace
        for part in 0..<2 {
            for y in 0..<extent.height {
                for x in 0..<extent.width {
                    let target = unsafe product + ((part * extent.height + y) * extent.width + x) * lanes
                    for (number, alias) in aliases(y, x, isFine).enumerated() {
                        let weight = unsafe wavelets[index].pointer[alias]
                        let source = unsafe spectrum + (part * torus.area + alias) * lanes
                        for i in stride(from: 0, to: lanes, by: 16) {
                            let value = unsafe load(source + i) * weight
                            unsafe store(number == 0 ? value : value + load(target + i), target + i)
                        }
                    }
                }
            }
        }
        unsafe transform.modulus(product, workspace + 2 * extent.area * lanes, modulus, lanes)
    }

    /// The frequencies of the torus that become one at a resolution.
    private func aliases(_ y: Int, _ x: Int, _ isFine: Bool) -> [Int] {
        guard !isFine else { return [y * torus.width + x] }
        let (low, right) = (y + coarse.height, x + coarse.width)
        return [y * torus.width + x, y * torus.width + right, low * torus.width + x, low * torus.width + right]
    }

    /// Copies the channels of images that lie side by side to one image after the other.
    private func gather(_ channels: UnsafePointer<Float>, _ count: Int, _ result: UnsafeMutablePointer<Float>) {
        for lane in 0..<count {
            let target = unsafe result + lane * positions.area * Self.channels
            for position in 0..<positions.area {
                for channel in 0..<Self.channels {
                    unsafe target[position * Self.channels + channel] =
                        channels[(channel * positions.area + position) * Self.lanes + lane]
                }
            }
        }
    }
}

extension Scattering.Transform {
    /// Creates the matrices of a resolution of a torus.
    init(_ extent: Extent, of torus: Extent) {
        let (height, width) = (extent.height, extent.width)
        func wave(_ n: Int, _ k: Int, _ x: Int) -> (cosine: Float, sine: Float) {
            let angle = 2 * Double.pi * Double(k * x % n) / Double(n)
            return (Float(cos(angle)), Float(sin(angle)))
        }
        func matrix(_ rows: Int, _ columns: Int, _ entry: (Int, Int) -> Float) -> Tensor {
            Tensor((0..<rows * columns).map { entry($0 / columns, $0 % columns) }, shape: [rows, columns])
        }
        forwardRows = matrix(2 * width, width) { row, x in
            row < width ? wave(width, row, x).cosine : -wave(width, row - width, x).sine
        }
        cosines = matrix(height, height) { wave(height, $0, $1).cosine }
        sines = matrix(height, height) { wave(height, $0, $1).sine }
        let (down, across) = (1 / Float(height), 1 / Float(width))
        inverseReal = matrix(height, 2 * height) { y, k in
            down * (k < height ? wave(height, y, k).cosine : -wave(height, y, k - height).sine)
        }
        inverseImaginary = matrix(height, 2 * height) { y, k in
            down * (k < height ? wave(height, y, k).sine : wave(height, y, k - height).cosine)
        }
        inverseRows = matrix(2 * width, 2 * width) { x, k in
            let (cosine, sine) = wave(width, x % width, k % width)
            return across * ((x < width) == (k < width) ? cosine : x < width ? -sine : sine)
        }
        let step = torus.height / height
        let (columns, rows) = (
            ScatteringFilters.average(length: torus.height, step: step),
            ScatteringFilters.average(length: torus.width, step: step)
        )
        averageColumns = Tensor(columns.map { Float($0) }, shape: [columns.count / height, height])
        averageRows = Tensor(rows.map { Float($0) }, shape: [rows.count / width, width])
    }

    private var height: Int { cosines.rows }
    private var width: Int { forwardRows.columns }

    /// The spectrum of a real field.
    ///
    /// - Shapes: field [height, width, lanes], workspace and spectrum [2, height, width, lanes].
    func forward(
        _ field: UnsafePointer<Float>, _ workspace: UnsafeMutablePointer<Float>,
        _ spectrum: UnsafeMutablePointer<Float>, _ lanes: Int
    ) {
        let line = width * lanes
        for y in 0..<height {
            unsafe product(
                false, false, 2 * width, lanes, width, 1, forwardRows.pointer, width, field + y * line, lanes, 0,
                workspace + 2 * y * line, lanes)
        }
        // (C − iS)(a + ib) = (Ca + Sb) + i(Cb − Sa), with a and b interleaved line by line.
        for part in 0..<2 {
            let (target, sign) = unsafe (spectrum + part * height * line, Float(part == 0 ? 1 : -1))
            unsafe product(
                false, false, height, line, height, 1, cosines.pointer, height, workspace + part * line, 2 * line, 0,
                target, line)
            unsafe product(
                false, false, height, line, height, sign, sines.pointer, height, workspace + (1 - part) * line,
                2 * line, 1, target, line)
        }
    }

    /// The modulus of the field of a spectrum.
    ///
    /// - Shapes: spectrum [2, height, width, lanes] and workspace of as many floats, modulus [height, width, lanes].
    func modulus(
        _ spectrum: UnsafePointer<Float>, _ workspace: UnsafeMutablePointer<Float>,
        _ modulus: UnsafeMutablePointer<Float>, _ lanes: Int
    ) {
        let line = width * lanes
        for (part, matrix) in [inverseReal, inverseImaginary].enumerated() {
            unsafe product(
                false, false, height, line, 2 * height, 1, matrix.pointer, 2 * height, spectrum, line, 0,
                workspace + part * line, 2 * line)
        }
        unsafe Scratch.with(2 * line) { pair in
            for y in 0..<height {
                unsafe product(
                    false, false, 2 * width, lanes, 2 * width, 1, inverseRows.pointer, 2 * width,
                    workspace + 2 * y * line, lanes, 0, pair, lanes)
                let target = unsafe modulus + y * line
                for i in stride(from: 0, to: line, by: 16) {
                    let (a, b) = unsafe (load(pair + i), load(pair + line + i))
                    unsafe store(vec_sqrt(fma(a, a, b * b)), target + i)
                }
            }
        }
    }

    /// The averages of a field.
    ///
    /// - Shapes: field [height, width, lanes], workspace [positions, width, lanes], averages [positions, positions,
    ///   lanes].
    func average(
        _ field: UnsafePointer<Float>, _ workspace: UnsafeMutablePointer<Float>,
        _ averages: UnsafeMutablePointer<Float>, _ lanes: Int
    ) {
        let (line, rows, columns) = (width * lanes, averageColumns.rows, averageRows.rows)
        unsafe product(
            false, false, rows, line, height, 1, averageColumns.pointer, height, field, line, 0, workspace, line)
        for row in 0..<rows {
            unsafe product(
                false, false, columns, lanes, width, 1, averageRows.pointer, width, workspace + row * line, lanes, 0,
                averages + row * columns * lanes, lanes)
        }
    }
}
