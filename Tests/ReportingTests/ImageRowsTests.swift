import Auditing
import Testing

@testable import Reporting

@Suite("Rows of pictures")
struct ImageRowsTests {
    @Test("stand side by side with a white pixel between them")
    func strip() throws {
        let grid = ImageGrid(width: 2, height: 2, rowLabels: ["a"], rows: [[[1, 2, 3, 4], [5, 6, 7, 8]], []])
        let rows = try ImageRows(grid)
        #expect(rows.strips.count == 1)
        #expect(rows.strips[0].pixels == [1, 2, 255, 5, 6, 3, 4, 255, 7, 8])
        #expect(rows.strips[0].width == 5)
        #expect(rows.strips[0].label == "a")
    }

    @Test("refuse a picture of another size")
    func size() {
        let grid = ImageGrid(width: 2, height: 2, rowLabels: [], rows: [[[1, 2, 3]]])
        #expect(throws: ReportingError.pictureSize(expected: 4, actual: 3)) { try ImageRows(grid) }
    }
}
