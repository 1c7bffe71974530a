import Testing
import Wire

@testable import Gateway

@Suite("The memory of bodies")
struct BodyMemoryTests {
    @Test("What is taken keeps others out until its request is over, and a refusal takes nothing")
    func bounded() throws {
        let memory = BodyMemory(10)
        var one: BodyMemory.Share? = BodyMemory.Share(of: memory)
        let other = BodyMemory.Share(of: memory)
        try one?.take(4)
        try one?.take(3)
        let refusal = #expect(throws: WireError.self) { try other.take(4) }
        #expect(refusal?.status == 503 && refusal?.retryAfter == 1)
        try other.take(3)
        #expect(memory.used == 10)
        one = nil
        #expect(memory.used == 3)
        try other.take(7)
    }
}
