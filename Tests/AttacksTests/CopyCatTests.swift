import Models
import Synchronization
import Tensors
import Testing
import ThreatModel
import Training

@testable import Attacks

@Suite struct CopyCatTests {
    @Test("A student learns the victim's labels of foreign records, and nothing of their probabilities")
    func labels() throws {
        let (arena, notes) = (try TheftArena.shared(), NotingTrainer())
        _ = try CopyCat(budgets: [80], student: TheftArena.student).run(
            against: LabelsOnly(to: Victim(arena.victim), meter: QueryMeter()),
            knowing: arena.knowledge(trainer: notes.trainer(isTraining: false)), random: RandomStream(seed: 4))
        let records = try #require(notes.trained.first).records
        #expect(records.labels == nil, "the pool's own labels are not the victim's")
        let own = try StudentClassifier(arena.victim).logits(records.requiredFeatures).rowArgmax()
        #expect(records.targets == .oneHot(own, classes: 4))
        let foreign = Set((0..<400).map { arena.foreign.requiredFeatures.row($0) })
        #expect((0..<80).allSatisfy { foreign.contains(records.requiredFeatures.row($0)) })
    }

    /// A service that tells labels of classes that it does not have.
    private struct Strange: ModelService {
        let inner: LocalService

        func card() -> ServiceCard { inner.card() }

        func answer(_ query: Query) throws(ThreatModelError) -> Answer {
            .classes(ClassAnswers(labels: [Int32](repeating: 4, count: query.cost.queries)))
        }
    }

    @Test("Labels beyond the classes that a service tells of are an error")
    func strange() throws {
        let arena = try TheftArena.shared()
        let victim = Victim(behind: Strange(inner: LocalService(arena.victim)))
        let error = #expect(throws: ThreatModelError.self) {
            try CopyCat(budgets: [8], student: TheftArena.student).run(
                against: LabelsOnly(to: victim, meter: QueryMeter()), knowing: arena.knowledge(),
                random: RandomStream(seed: 4))
        }
        #expect(error?.description == "expected labels from 0 to 3, found 4")
    }
}
