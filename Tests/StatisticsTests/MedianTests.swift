import Statistics
import Testing

@Suite("The median")
struct MedianTests {
    @Test("is the middle value, or the mean of the two in the middle")
    func middle() {
        #expect(median([3]) == 3)
        #expect(median([9, 1, 4]) == 4)
        #expect(median([8, 1, 2, 4]) == 3)
        #expect(median([1, 1, 5, 5]) == 3)
    }
}
