import Foundation
import Tensors
import Testing

@testable import Experiments

@Suite("Foreign scores")
struct ForeignScoresTests {
    private func vector(_ values: [Double]) -> Safetensors.Array { Safetensors.Array(values, shape: [values.count]) }

    private func file(_ change: (inout Safetensors) -> Void = { _ in }) -> Safetensors {
        var file = Safetensors(arrays: [
            "scores": vector([0.5, -1, 2]), "truth": vector([1, 0, 1]),
        ])
        change(&file)
        return file
    }

    @Test("Scores, the truth and what thresholds are chosen on are read")
    func reads() throws {
        let scores = try ForeignScores(
            file {
                $0.arrays["selection_scores"] = vector([3, 4])
                $0.arrays["selection_truth"] = vector([0, 1])
            })
        #expect(scores.counted.scores == [0.5, -1, 2] && scores.counted.truth == [true, false, true])
        let selection = try #require(scores.selection)
        #expect(selection.scores == [3, 4] && selection.truth == [false, true])
        #expect(try ForeignScores(file()).selection == nil)
    }

    @Test("What lacks a pair, has another shape, or is no bit is refused by name")
    func refuses() {
        func error(_ change: (inout Safetensors) -> Void) -> ForeignFileError? {
            #expect(throws: ForeignFileError.self) { try ForeignScores(file(change)) }
        }
        #expect(error { $0.arrays["truth"] = nil } == .needed("truth", attack: "an audit"))
        #expect(error { $0.arrays["scores"] = nil } == .needed("scores", attack: "an audit"))
        let two = vector([1, 0])
        #expect(error { $0.arrays["truth"] = two } == .shape("truth", expected: "[3]", found: [2]))
        #expect(
            error { $0.arrays["truth"] = vector([1, 0, 2]) }
                == .value("truth", index: 2, found: 2, expected: "0 or 1"))
        #expect(
            error { $0.arrays["selection_truth"] = two } == .unpaired("selection_truth", with: "selection_scores"))
    }
}
