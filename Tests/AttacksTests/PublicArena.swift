import Models
import Synchronization
import Tensors
import ThreatModel
import Training

/// What an adversary of the thefts knows, and a record of what it trained.
struct PublicArena: Sendable {
    /// What was trained, by name.
    final class Diary: Sendable {
        private let entries = Mutex<[String: Records]>([:])
        var names: [String] { entries.withLock { $0.keys.sorted() } }
        subscript(name: String) -> Records? {
            get { entries.withLock { $0[name] } }
        }
        func write(_ name: String, _ records: Records) { entries.withLock { $0[name] = records } }
    }

    let diary = Diary()

    /// Knowledge of public records alone; students are trained with a fixed seed of each name.
    func knowledge(_ population: Records) -> Knowledge {
        var knowledge = Knowledge(candidates: population.slice(0..<0), population: population)
        knowledge.trainer = SurrogateTrainer { [diary] name, recipe, records in
            diary.write(name, records)
            return try recipe.train(on: records, random: RandomStream(seed: 71)[name]).model
        }
        return knowledge
    }
}
