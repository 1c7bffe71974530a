import Models
import Tensors
import Testing
import ThreatModel

@Suite struct BiasCoverageTests {
    @Test("Distinct biased tokens count, over queries; the same few never raise the alarm")
    func distinct() throws {
        let watches = try AccountWatches(
            [MonitorSpec("bias-coverage=3")], MonitorMaterial(random: RandomStream(seed: 1)))
        func ask(_ bias: [Int32: Float], _ account: String) throws {
            var query = CompletionQuery(prompts: [[1]], maxTokens: 1)
            query.bias = bias
            _ = try MonitoredService(languageModel(), watches[account]).answer(.complete(query))
        }
        for _ in 0..<5 { try ask([1: 5, 2: -100, 3: 1], "benign") }
        #expect(watches["benign"].report == WatchReport(queries: 5, alarms: []))
        for token in Int32(0)..<6 { try ask([token: 50, 7: 0], "thief") }
        #expect(watches["thief"].report.queriesToDetection(by: "bias-coverage=3") == 4)
    }
}
