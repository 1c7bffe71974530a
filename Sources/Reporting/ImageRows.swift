import Auditing

/// The rows of an image grid as strips: pictures side by side with a white pixel between them.
struct ImageRows {
    /// One row of pictures.
    struct Strip {
        var label: String
        var pixels: [UInt8]
        var width: Int
        var height: Int
    }

    let strips: [Strip]
    /// By how much a pixel is enlarged on the page, a whole number.
    let scale: Int

    init(_ grid: ImageGrid, widest: Int = 720) throws {
        strips = try grid.rows.enumerated().filter { !$1.isEmpty }.map { index, row in
            let label = index < grid.rowLabels.count ? grid.rowLabels[index] : ""
            return try Self.strip(row, label, grid)
        }
        let width = strips.map(\.width).max() ?? 1
        scale = min(6, max(1, min(widest / max(1, width), 96 / max(1, grid.height))))
    }

    private static func strip(_ row: [[UInt8]], _ label: String, _ grid: ImageGrid) throws -> Strip {
        let (width, height) = (grid.width, grid.height)
        for picture in row where picture.count != width * height {
            throw ReportingError.pictureSize(expected: width * height, actual: picture.count)
        }
        let total = row.count * (width + 1) - 1
        var pixels: [UInt8] = []
        pixels.reserveCapacity(total * height)
        for y in 0..<height {
            for (index, picture) in row.enumerated() {
                if index > 0 {
                    pixels.append(255)
                }
                pixels += picture[(y * width)..<((y + 1) * width)]
            }
        }
        return Strip(label: label, pixels: pixels, width: total, height: height)
    }
}
