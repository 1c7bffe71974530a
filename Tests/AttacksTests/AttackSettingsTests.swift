import Foundation
import Testing
import ThreatModel

@Suite("Settings of attacks")
struct AttackSettingsTests {
    private enum Mode: String, CaseIterable {
        case online
        case offline
    }

    private func decoded(_ json: String) throws -> AttackSettings {
        try JSONDecoder().decode(AttackSettings.self, from: Data(json.utf8))
    }

    @Test("Each kind of value is read as what it is, and written as it was")
    func kinds() throws {
        let settings = try decoded(#"{"a": 1.5, "b": 3, "c": [1, 2.5], "d": "online", "e": true, "f": []}"#)
        #expect(
            settings.values == [
                "a": .number(1.5), "b": .number(3), "c": .numbers([1, 2.5]), "d": .word("online"), "e": .flag(true),
                "f": .numbers([]),
            ])
        #expect(try JSONDecoder().decode(AttackSettings.self, from: JSONEncoder().encode(settings)) == settings)
    }

    @Test(
        "What is none of the kinds is refused",
        arguments: [#"{"a": {"b": 1}}"#, #"{"a": ["x"]}"#, #"{"a": null}"#, "[1]", "3"])
    func neither(json: String) {
        #expect(throws: DecodingError.self) { try decoded(json) }
    }

    @Test(
        "A text of a command line is the kind that it looks like",
        arguments: [
            ("3", AttackSettings.Value.number(3)), ("-0.5", .number(-0.5)), ("1e-3", .number(0.001)),
            ("1,2.5", .numbers([1, 2.5])), ("1, 2", .numbers([1, 2])), ("true", .flag(true)), ("false", .flag(false)),
            ("per-record", .word("per-record")), ("1,x", .word("1,x")), ("", .word("")), (",", .word(",")),
            ("True", .word("True")),
        ])
    func texts(_ text: String, _ value: AttackSettings.Value) {
        #expect(AttackSettings.Value(text) == value)
    }

    @Test("A value is described as one writes it, and read again from that")
    func descriptions() {
        let values: [AttackSettings.Value] = [.number(2), .number(0.25), .flag(false), .word("pooled")]
        #expect(values.map(\.description) == ["2", "0.25", "false", "pooled"])
        #expect(values.map { AttackSettings.Value($0.description) } == values)
        #expect(AttackSettings.Value.numbers([1, 2.5]).description == "[1, 2.5]")
    }

    @Test("What is not written is the default, and what holds is resolved")
    func defaults() throws {
        var settings = AttackSettings(["gamma": .number(3), "mode": .word("offline")])
        #expect(try settings.number("gamma", in: 1...4, default: 2) == 3)
        #expect(try settings.number("rate", in: 0...1, default: 0.5) == 0.5)
        #expect(try settings.integer("steps", in: 1...9, default: 7) == 7)
        #expect(try settings.integers("budgets", in: 1...9, default: [1, 2]) == [1, 2])
        #expect(try settings.flag("strict", default: true))
        #expect(try settings.choice("mode", default: Mode.online) == .offline)
        try settings.finish("test")
        #expect(
            settings.resolved == [
                "gamma": .number(3), "rate": .number(0.5), "steps": .number(7), "budgets": .numbers([1, 2]),
                "strict": .flag(true), "mode": .word("offline"),
            ])
        #expect(settings.values == ["gamma": .number(3), "mode": .word("offline")], "what was written stays")
    }

    @Test("Both ends of a range are in it, what lies beyond is refused", arguments: [0.0, 1.0, -0.001, 1.001, .nan])
    func numbers(_ value: Double) throws {
        var settings = AttackSettings(["a": .number(value)])
        if value == 0 || value == 1 {
            #expect(try settings.number("a", in: 0...1, default: 0.5) == value)
        } else {
            #expect(throws: AttackSettingsError.self) { try settings.number("a", in: 0...1, default: 0.5) }
        }
    }

    @Test("A whole number is whole and in its range", arguments: [1.0, 9.0, 0.0, 10.0, 2.5, 1e300])
    func integers(_ value: Double) throws {
        var settings = AttackSettings(["a": .number(value)])
        if value == 1 || value == 9 {
            #expect(try settings.integer("a", in: 1...9, default: 5) == Int(value))
            #expect(try settings.integers("a", in: 1...9, default: []) == [Int(value)], "one number is a list of one")
        } else {
            #expect(
                throws: AttackSettingsError.value(
                    "a", expected: "a whole number from 1 to 9", found: .number(value))
            ) { try settings.integer("a", in: 1...9, default: 5) }
            #expect(throws: AttackSettingsError.self) { try settings.integers("a", in: 1...9, default: [1]) }
        }
    }

    @Test("A list is neither empty nor of halves nor of numbers out of range")
    func lists() throws {
        var good = AttackSettings(["a": .numbers([3, 1])])
        #expect(try good.integers("a", in: 1...9, default: [1]) == [3, 1])
        for values in [[], [1.5], [1, 10], [0]] {
            var bad = AttackSettings(["a": .numbers(values)])
            #expect(
                throws: AttackSettingsError.value(
                    "a", expected: "whole numbers from 1 to 9", found: .numbers(values))
            ) { try bad.integers("a", in: 1...9, default: [1]) }
        }
    }

    @Test("A value of another kind is refused by every reader")
    func otherKinds() {
        let kinds: [AttackSettings.Value] = [.number(1), .numbers([1, 2]), .word("on"), .flag(true)]
        func refused(_ read: (inout AttackSettings) throws -> Void) -> [Bool] {
            kinds.map { value in
                var settings = AttackSettings(["a": value])
                do {
                    try read(&settings)
                    return false
                } catch {
                    return error is AttackSettingsError
                }
            }
        }
        #expect(refused { _ = try $0.number("a", in: 0...9, default: 1) } == [false, true, true, true])
        #expect(refused { _ = try $0.optionalNumber("a", in: 0...9) } == [false, true, true, true])
        #expect(refused { _ = try $0.integer("a", in: 0...9, default: 1) } == [false, true, true, true])
        #expect(refused { _ = try $0.integers("a", in: 0...9, default: [1]) } == [false, false, true, true])
        #expect(refused { _ = try $0.flag("a", default: true) } == [true, true, true, false])
        #expect(refused { _ = try $0.choice("a", default: Mode.online) } == [true, true, true, true])
    }

    @Test("An unknown word is refused with the known ones")
    func choice() {
        var settings = AttackSettings(["mode": .word("onlin")])
        let error = #expect(throws: AttackSettingsError.self) { try settings.choice("mode", default: Mode.online) }
        #expect(error?.description == "mode: expected one of online, offline, found onlin; correct it")
    }

    @Test("A number that may be absent is known, and holds nothing until it is written")
    func optionalNumber() throws {
        var absent = AttackSettings()
        #expect(try absent.optionalNumber("scale", in: 0...1) == nil)
        #expect(absent.resolved.isEmpty)
        var written = AttackSettings(["scale": .number(0.25)])
        #expect(try written.optionalNumber("scale", in: 0...1) == 0.25)
        try written.finish("test")
        #expect(written.resolved == ["scale": .number(0.25)])
        var beyond = AttackSettings(["scale": .number(2)])
        #expect(throws: AttackSettingsError.self) { try beyond.optionalNumber("scale", in: 0...1) }
        var misspelt = AttackSettings(["scal": .number(0.5)])
        _ = try misspelt.optionalNumber("scale", in: 0...1)
        #expect(throws: AttackSettingsError.unknown("scal", attack: "test", known: ["scale"])) {
            try misspelt.finish("test")
        }
    }

    @Test("A key that nobody asked for is refused with the known ones, in one line")
    func unknown() throws {
        var settings = AttackSettings(["b": .number(1), "a": .number(1), "z": .number(1)])
        _ = try settings.number("z", in: 0...1, default: 0)
        _ = try settings.flag("y", default: true)
        let error = #expect(throws: AttackSettingsError.unknown("a", attack: "test", known: ["y", "z"])) {
            try settings.finish("test")
        }
        #expect(error?.description == "unknown key 'a' of test; expected one of y, z")
        let none = #expect(throws: AttackSettingsError.self) { try AttackSettings(["a": .flag(true)]).finish("test") }
        #expect(none?.description == "unknown key 'a': test has no settings; remove it")
    }
}
