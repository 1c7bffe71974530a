import Models
import Tensors
import Testing
import ThreatModel

@testable import Attacks

@Suite struct TransferSetTests {
    private func set(_ count: Int, heldOut: Double) -> TransferSet {
        var set = TransferSet(width: 1, classes: 2, heldOut: heldOut)
        for position in 0..<count {
            set.append(Tensor([Float(position)], shape: [1, 1]), Tensor([1, 3], shape: [1, 2]))
        }
        return set
    }

    @Test("Training and validation part every first part between them, a share of it held out, in the order of asking")
    func parts() {
        let set = set(50, heldOut: 0.2)
        for count in [1, 4, 5, 12, 50] {
            let (training, heldOut) = (set.training(count), set.validation(count))
            #expect(heldOut.count == count / 5)
            let positions = training.requiredFeatures.values + heldOut.requiredFeatures.values
            #expect(positions.sorted() == (0..<count).map(Float.init))
            #expect(set.training(50).requiredFeatures.rows(0..<training.count) == training.requiredFeatures)
        }
        #expect(self.set(10, heldOut: 0).validation(10).count == 0)
        #expect(self.set(10, heldOut: 0).training(10).targets == Tensor([0.25, 0.75] * 10, shape: [10, 2]))
    }

    @Test("What a defended interface tells becomes a distribution")
    func distributions() {
        let told = Tensor([0.5, 0.5, 0.25, 0, -1, 0.5, .nan, 1, 0, 0, -0.5, .infinity], shape: [6, 2])
        let expected: [Float] = [0.5, 0.5, 1, 0, 0, 1, 0, 1, 0.5, 0.5, 0.5, 0.5]
        #expect(told.distributions().values == expected)
    }

    @Test("Labels are the most probable classes")
    func labels() throws {
        let arena = try TheftArena.shared()
        let access = Predictions(to: Victim(arena.victim), meter: QueryMeter())
        let queries = arena.population.slice(0..<20).requiredFeatures
        let (soft, hard) = try (
            AnswerForm.probabilities.ask(access, queries), AnswerForm.labels.ask(access, queries)
        )
        #expect(hard == .oneHot(soft.rowArgmax(), classes: 4))
        #expect(soft != hard)
    }

    /// Tells other labels than the largest of the probabilities that it tells, or rows of another width.
    private struct Tied: ModelService {
        let labels: [Int32]
        let probabilities: Tensor

        func card() -> ServiceCard {
            var card = ServiceCard(id: "tied", family: "classifier", operations: [.classify])
            (card.width, card.classes) = (1, 2)
            return card
        }

        func answer(_ query: Query) -> Answer {
            .classes(ClassAnswers(labels: labels, probabilities: probabilities))
        }
    }

    @Test("Of classes that are told the same probability, the label form takes the one that is told as the label")
    func toldLabels() throws {
        let told = Tied(labels: [1, 0], probabilities: Tensor([0.5, 0.5, 0.5, 0.5], shape: [2, 2]))
        let access = Predictions(to: Victim(behind: told), meter: QueryMeter())
        #expect(try AnswerForm.labels.ask(access, .zeros([2, 1])).values == [0, 1, 1, 0])
        #expect(try AnswerForm.probabilities.ask(access, .zeros([2, 1])).values == [0.5, 0.5, 0.5, 0.5])
    }

    @Test("Rows of another width than the card says, too few of them, and strange labels are one clear error")
    func strangeAnswers() {
        for told in [
            Tied(labels: [1, 0], probabilities: .zeros([2, 3])), Tied(labels: [1, 0], probabilities: .zeros([1, 2])),
            Tied(labels: [1, 2], probabilities: .zeros([2, 2])), Tied(labels: [1], probabilities: .zeros([2, 2])),
        ] {
            for form in AnswerForm.allCases {
                let access = Predictions(to: Victim(behind: told), meter: QueryMeter())
                let error = #expect(throws: ThreatModelError.self) { try form.ask(access, .zeros([2, 1])) }
                #expect(error?.description.hasPrefix("expected ") == true)
            }
        }
    }

    @Test("Budgets are sorted, each once, and positive")
    func budgets() throws {
        var settings = AttackSettings(["budgets": .numbers([30, 10, 30])])
        #expect(try settings.budgets() == [10, 30])
        var none = AttackSettings(["budgets": .numbers([0, 10])])
        #expect(throws: AttackSettingsError.self) { try none.budgets() }
    }
}

extension [Float] {
    fileprivate static func * (pattern: [Float], times: Int) -> [Float] { (0..<times).flatMap { _ in pattern } }
}
