import Foundation
import Testing

/// Programs that must not compile, and controls that must.
///
/// The first line of a fixture is the only diagnostic that it may cause, or "compiles"; the second says whether it
/// belongs to the package. The compiler runs up to SIL, where uses of non-copyable values are checked.
@Suite struct ForbiddenUseTests {
    struct Fixture: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let source: String

        var expected: String { line(0) }
        var isInside: Bool { line(1) == "inside the package" }

        private func line(_ number: Int) -> String {
            let lines = source.split(separator: "\n", maxSplits: 2)
            return lines.count > number ? String(lines[number].dropFirst(3)) : ""
        }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Forbidden")

    static let fixtures: [Fixture] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().map { name in
            let source = try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
            return Fixture(testDescription: name, source: source ?? "")
        }
    }()

    @Test("The fixtures are there: forbidden uses and controls")
    func present() {
        #expect(Self.fixtures.count { $0.expected == "compiles" } == 2)
        #expect(Self.fixtures.count { $0.expected != "compiles" } == 15)
        #expect(Self.fixtures.allSatisfy { $0.isInside || $0.source.contains("\n// outside the package\n") })
    }

    @Test("The compiler refuses it, for the stated reason and for no other", arguments: fixtures)
    func refused(_ fixture: Fixture) throws {
        let (status, output) = try compile(fixture)
        let errors = Set(
            output.split(separator: "\n").compactMap { line in
                line.range(of: ": error: ").map { String(line[$0.upperBound...]) }
            })
        if fixture.expected == "compiles" {
            #expect(status == 0 && errors.isEmpty, "\(output)")
        } else {
            #expect(status != 0)
            #expect(errors == [fixture.expected], "\(output)")
        }
    }

    private func compile(_ fixture: Fixture) throws -> (status: Int32, output: String) {
        let file = FileManager.default.temporaryDirectory.appending(path: "penumbra-\(UUID().uuidString).swift")
        try fixture.source.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let own = try CompilerArguments()
        let process = Process()
        process.executableURL = URL(filePath: own.compiler)
        process.arguments =
            ["-emit-sil", "-parse-as-library", "-o", "/dev/null"] + own.search
            + (fixture.isInside ? ["-package-name", own.package] : []) + [file.path]
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}

/// How this very test target was compiled, from the build description beside the test binary.
private struct CompilerArguments {
    struct Missing: Error {
        let what: String
    }

    let compiler: String
    let package: String
    /// Where modules are found, and in which language.
    let search: [String]

    init() throws {
        // <scratch>/<triple>/<configuration>/penumbraPackageTests.xctest and <scratch>/<configuration>.yaml
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let description = folder.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: folder.lastPathComponent + ".yaml")
        let lines = try String(contentsOf: description, encoding: .utf8).components(separatedBy: "\n")
        guard let start = lines.firstIndex(where: { $0.contains("Compiling Swift Module 'AttacksTests'") }),
            let line = lines[start...].first(where: { $0.contains(" args: [") }), let bracket = line.firstIndex(of: "[")
        else { throw Missing(what: "the compilation of AttacksTests in \(description.path)") }
        let all = try JSONDecoder().decode([String].self, from: Data(line[bracket...].utf8))
        guard let compiler = all.first, let name = all.firstIndex(of: "-package-name") else {
            throw Missing(what: "a compiler and a package name in \(description.path)")
        }
        self.compiler = compiler
        package = all[name + 1]
        let pairs: Set = ["-I", "-Xcc", "-target", "-module-cache-path", "-swift-version", "-enable-upcoming-feature"]
        var (search, index) = ([String](), 0)
        while index < all.count {
            if pairs.contains(all[index]) {
                search += all[index...index + 1]
                index += 1
            } else if all[index].hasPrefix("-I") {
                search.append(all[index])
            }
            index += 1
        }
        self.search = search
    }
}
