import TestSupport
import Testing

@testable import Datasets

@Suite struct WordTableTests {
    @Test("Different words get numbers in the order in which they come, and the same word its own again")
    func numbers() {
        let text = Array("the cat the hat a".utf8)
        var table = WordTable()
        let found = [0..<3, 4..<7, 8..<11, 12..<15, 16..<17, 5..<7, 13..<15, 0..<0].map {
            table.number(of: $0, in: text)
        }
        #expect(found == [0, 1, 0, 2, 3, 4, 4, 5])
        #expect(table.count == 6 && Array(table[2]) == Array("hat".utf8) && table[5].isEmpty)
    }

    @Test("A dictionary says the same of many words, while the table grows")
    func oracle() {
        var random = SplitMix64(seed: 5)
        var (table, numbers) = (WordTable(), [[UInt8]: Int]())
        for _ in 0..<20_000 {
            let word = (0..<Int.random(in: 0...3, using: &random)).map { _ in random.byte() & 0x1F }
            let number = numbers[word, default: numbers.count]
            numbers[word] = number
            #expect(table.number(of: 0..<word.count, in: word) == number)
        }
        #expect(table.count == numbers.count && numbers.count > 5000)
        #expect(numbers.allSatisfy { Array(table[$0.value]) == $0.key })
    }
}
