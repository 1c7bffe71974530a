import Testing

@testable import Reporting

@Suite("SVG inside HTML")
struct InlineSVGTests {
    @Test("has no prolog, and ids and references of its own")
    func prefixes() {
        let svg = """
            <?xml version="1.0"?>
            <!DOCTYPE svg>
            <svg width="1"><title>Gnuplot</title><desc>x</desc><path id='p'/><use xlink:href='#p' id="q"/>\
            <g clip-path="url(#q)"><text>id='p' href='#p'</text></g></svg>
            """
        #expect(
            InlineSVG.element(svg, prefix: "f") == """
                <svg width="1"><path id='f-p'/><use xlink:href='#f-p' id="f-q"/>\
                <g clip-path="url(#f-q)"><text>id='p' href='#p'</text></g></svg>
                """)
    }
}
