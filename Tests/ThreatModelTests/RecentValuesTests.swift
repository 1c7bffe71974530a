import Testing

@testable import ThreatModel

@Suite struct RecentValuesTests {
    @Test("The last numbers are those of a list that keeps all, in its order", arguments: [1, 2, 7])
    func last(most: Int) {
        var (recent, all) = (RecentValues(most: most), [Double]())
        for value in 0..<40 {
            #expect(Array(recent.values) == Array(all.suffix(most)))
            recent.append(Double(value))
            all.append(Double(value))
        }
    }
}
