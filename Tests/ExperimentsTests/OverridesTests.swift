import Testing

@testable import Experiments

@Suite("Overrides")
struct OverridesTests {
    @Test("Overrides reach every place, keep the rest, and take any YAML")
    func overrides() throws {
        let spec = try TinyExperiment.spec(setting: [
            "victims.0.training.epochs=5", "victims.0.model.hidden=[3, 4]", "seed=9", "victims.1.memberRate=0.25",
            "text.fallback=true",
        ])
        var expected = try TinyExperiment.spec()
        #expect(spec.victims[0].training.epochs == 5 && spec.victims[0].model.hidden == [3, 4])
        #expect(spec.seed == 9 && spec.victims[1].memberRate == 0.25 && spec.text?.fallback == true)
        #expect(spec.victims[4] == expected.victims[4], "the quoted pattern with its # survives")
        expected.seed = 9
        #expect(try TinyExperiment.spec(setting: ["seed=9"]) == expected)
    }

    @Test(
        "A bad override is refused in one line",
        arguments: [
            ("seed", "expected path=value, found no '='"), ("=5", "an empty name"), ("a..b=5", "an empty name"),
            ("seed=", "expected a value after '='"), ("seed=[1", "--set seed=[1: expected YAML"),
            ("victims.9.id=x", "expected an index below 5, found '9'"), ("victims.x.id=y", "found 'x'"),
            ("victims.0.id.x=y", "'x' leads into a single value"),
            ("victims.0.training.epoch=4", "victims[0].training: unknown key 'epoch'; did you mean 'epochs'?"),
            ("victims.0.training.epochs=-4", "victims[0].training.epochs: expected"),
            ("imges.candidates=4", "unknown key 'imges'; did you mean 'images'?"),
        ])
    func badOverride(_ assignment: String, says: String) throws {
        let line = try #require(TinyExperiment.refusal(TinyExperiment.yaml, setting: [assignment]))
        #expect(line.contains(says) && !line.contains("\n"), "\(line)")
    }

    @Test("An override of a spec that is no YAML blames the spec")
    func overrideOfNothing() throws {
        #expect(try #require(TinyExperiment.refusal("a: [", setting: ["a=1"])).hasPrefix("tiny.yaml: expected YAML"))
        #expect(try #require(TinyExperiment.refusal("", setting: ["a=1"])).hasPrefix("tiny.yaml: expected a mapping"))
    }
}
