import Client
import Foundation
import Models
import Tensors
import Testing

@testable import Experiments
@testable import ThreatModel

@Suite("Served victims")
struct ServedVictimTests {
    private static let yaml = TinyTheft.classifier("attack: knock-off, budgets: [10]")

    private func asked(_ victim: ResolvedVictim, _ count: Int = 20) -> Tensor {
        victim.split.population.slice(0..<count).requiredFeatures
    }

    private func classes(_ service: any ModelService, _ rows: Tensor) throws -> ClassAnswers {
        guard case .classes(let answers) = try service.answer(.classify(rows)) else {
            throw SpecError("no classes")
        }
        return answers
    }

    @Test("With nothing between, the model answers, and every query is counted")
    func plain() throws {
        let (victim, model) = try TinyTheft.victim(Self.yaml)
        let rows = asked(victim)
        let (found, report) = try ServedVictim(victim, model, ServiceSpec()).play { sealed in
            try LabelsOnly(to: sealed, meter: QueryMeter()).labels(Records(features: rows))
        }
        #expect(found == (try model.answers(Records(features: rows))).rowArgmax())
        #expect(report == WatchReport(queries: 20, alarms: []))
    }

    @Test("Rounded answers are rounded, in the order of the defences, and the undefended ones are not")
    func rounded() throws {
        let (victim, model) = try TinyTheft.victim(Self.yaml)
        func values(_ service: String) throws -> [Float] {
            let served = try ServedVictim(victim, model, try TinyTheft.service(service))
            return try #require(try classes(served.service, asked(victim)).probabilities).values
        }
        func places(_ values: [Float], _ decimals: Double) -> Bool {
            values.allSatisfy { value in
                let scaled = Double(value) * decimals
                return abs(scaled - scaled.rounded()) < 1e-4
            }
        }
        let plain = try values("{}")
        #expect(!places(plain, 100))
        let rounded = try values("{defences: [{rounding: 2}]}")
        #expect(places(rounded, 100) && !places(rounded, 10))
        #expect(zip(plain, rounded).allSatisfy { abs($0 - $1) <= 0.005_001 })
        #expect(places(try values("{defences: [{noise: 0.1}, {rounding: 1}]}"), 10))
        #expect(!places(try values("{defences: [{rounding: 1}, {noise: 0.1}]}"), 10))
    }

    @Test("Noise is the same at each service of a victim, and another for another victim's id")
    func noise() throws {
        let service = try TinyTheft.service("{defences: [{noise: 0.2}]}")
        func answers(_ yaml: String, _ model: Model? = nil) throws -> (ClassAnswers, Model) {
            let (victim, trained) = try TinyTheft.victim(yaml)
            let served = try ServedVictim(victim, model ?? trained, service)
            return (try classes(served.service, asked(victim)), model ?? trained)
        }
        let (first, model) = try answers(Self.yaml)
        #expect(try answers(Self.yaml, model).0 == first)
        #expect(try answers(Self.yaml.replacing("id: classifier", with: "id: other"), model).0 != first)
    }

    @Test("Monitors learn from two halves of the members that have nothing in common")
    func materials() throws {
        let (victim, _) = try TinyTheft.victim(Self.yaml)
        let material = ServiceMaterials(victim).forMonitors
        let (reference, benign) = (try #require(material.reference), try #require(material.benign))
        #expect(reference.count == victim.training.count / 2 && benign.count == reference.count)
        func rows(_ records: Records) -> Set<[Float]> {
            Set((0..<records.count).map { records.requiredFeatures.row($0) })
        }
        let members = rows(victim.training)
        #expect(rows(reference).isDisjoint(with: rows(benign)))
        #expect(rows(reference).isSubset(of: members) && rows(benign).isSubset(of: members))
    }

    @Test("A gateway is given what the spec says, and nothing of its files is left when it does not start")
    func gateway() throws {
        let scratch = try Scratch()
        let program = scratch.file("gateway")
        let text = """
            #!/bin/sh
            printf '%s\\n' "$@" > '\(scratch.url.path)/arguments'
            for file in "$@"; do if [ -f "$file" ]; then basename "$file"; fi; done > '\(scratch.url.path)/files'
            echo 'cannot serve' >&2
            sleep 0.2
            exit 2
            """
        try Data(text.utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        let (victim, model) = try TinyTheft.victim(Self.yaml)
        let service = try TinyTheft.service("{over: http, defences: [{rounding: 2}, labels-only], monitors: [prada]}")
        let error = #expect(throws: GatewayError.self) { try ServedVictim(victim, model, service, program: program) }
        #expect(error?.description == "the gateway ended before it said where it listens: cannot serve")

        func lines(_ name: String) throws -> [String] {
            try String(contentsOf: scratch.file(name), encoding: .utf8).split(separator: "\n").map(String.init)
        }
        let arguments = try lines("arguments")
        func values(_ option: String) -> [String] {
            arguments.indices.dropLast().filter { arguments[$0] == option }.map { arguments[$0 + 1] }
        }
        #expect(values("--defence") == ["rounding=2", "labels-only"] && values("--monitor") == ["prada"])
        #expect(values("--seed") == ["\(ServiceMaterials(victim).seed)"] && arguments.contains("--allow-logits"))
        #expect(try lines("files") == ["victim.safetensors", "reference.safetensors", "benign.safetensors"])
        let checkpoint = try #require(arguments.first)
        #expect(!FileManager.default.fileExists(atPath: URL(filePath: checkpoint).deletingLastPathComponent().path))
    }

    @Test("A monitor that knows too little is refused in one line before anything is asked")
    func tooLittle() throws {
        let (victim, model) = try TinyTheft.victim(Self.yaml)
        let service = try TinyTheft.service("{monitors: [coverage]}")
        let error = #expect(throws: NamedValuesError.self) { try ServedVictim(victim, model, service) }
        #expect(
            error?.description
                == "coverage needs at least 19 benign accounts of 100 queries each; give it, or leave coverage out")
    }
}
