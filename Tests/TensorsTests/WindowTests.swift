import Testing

@testable import Tensors

@Suite("Windows over images") struct WindowTests {
    private static let windows = [
        Window(1), Window(3), Window(3, stride: 2, padding: 1), Window(Extent(5, 3), stride: Extent(2, 1), padding: 4),
        Window(2, stride: 3, padding: 2), Window(3, stride: 2, padding: 5, dilation: 3),
    ]

    @Test("positions are the places where the window fits, counted one by one", arguments: windows)
    func positions(_ window: Window) {
        for pixels in 1...12 {
            let axis = window.vertical(over: Extent(pixels))
            let reach = axis.dilation * (axis.taps - 1)
            let places = stride(
                from: -axis.padding, through: pixels + axis.padding - 1 - reach, by: axis.stride)
            #expect(axis.positions == Array(places).count)
            for (position, place) in places.enumerated() {
                let inside = (0..<axis.taps).filter { (0..<pixels).contains(place + $0 * axis.dilation) }
                #expect(Array(axis.inside(position)) == inside)
            }
        }
    }

    @Test("an image of so many positions has so many positions, whatever the output padding", arguments: windows)
    func images(_ window: Window) {
        for height in 4...7 {
            for extra in 0..<min(window.stride.height, window.stride.width) {
                let positions = Extent(height, 9)
                let image = window.image(of: positions, outputPadding: Extent(extra))
                #expect(window.positions(over: image) == positions)
            }
        }
    }

    @Test("what does not fit is told in one line") func flaws() throws {
        #expect(Window(3).flaw(over: 3) == nil)
        #expect(
            Window(3, dilation: 2).flaw(over: Extent(9, 4))
                == "a kernel of 3×3 with dilation 2×2 does not fit into an image of 9×4 with padding 0×0")
        #expect(try #require(Window(0).flaw(over: 3)).contains("found 0×0"))
        #expect(try #require(Window(3).flaw(over: 0)).contains("found 0×0"))
        #expect(try #require(Window(3).flaw(over: Extent(.max, 3))).contains("found \(Int.max)×3"))
        #expect(try #require(Window(3, stride: 0).flaw(over: 3)).contains("stride 0×0"))
        #expect(try #require(Window(3, padding: Extent(0, -1)).flaw(over: 3)).contains("padding 0×-1"))
    }
}
