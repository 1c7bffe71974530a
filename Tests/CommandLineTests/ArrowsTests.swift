import Foundation
import Testing

/// The arrows between targets: what a file imports is what its target declares, no more and no less.
///
/// The compiler's own check sees transitive closures only, so a target could lean on a dependency's dependency unnoticed.
@Suite struct ArrowsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    /// Modules that come with the toolchain.
    private static let system: Set = [
        "Foundation", "FoundationNetworking", "Glibc", "Darwin", "Synchronization", "Dispatch", "PackageDescription",
    ]
    /// Modules that Hummingbird's own interface is written in.
    private static let underHummingbird: Set = [
        "HTTPTypes", "HummingbirdCore", "Logging", "NIOCore", "NIOFoundationEssentialsCompat", "NIOHTTP1",
        "NIOHTTPTypes", "ServiceLifecycle", "UnixSignals",
    ]
    /// The manifest's names of products.
    private static let products = [
        "numerics": "RealModule", "mustache": "Mustache", "argumentParser": "ArgumentParser",
        "hummingbird": "Hummingbird",
    ]

    /// The dependencies that the manifest declares, by target.
    private func declared() throws -> [String: Set<String>] {
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        var result: [String: Set<String>] = [:]
        for match in manifest.matches(of: /room\(\s*"(\w+)"(?:,\s*\[([^\]]*)\])?/) {
            result[String(match.1)] = names(match.2 ?? "")
        }
        for name in ["penumbra", "Gateway"] {
            let pattern = try Regex(#"name: "\#(name)",\s*dependencies: \[([^\]]*)\]"#, as: (Substring, Substring).self)
            result[name] = names(try #require(manifest.firstMatch(of: pattern)).1)
        }
        return result
    }

    private func names(_ list: Substring) -> Set<String> {
        Set(
            list.split { ",\n ".contains($0) }.map { entry in
                let name = String(entry.filter { $0 != "\"" })
                return Self.products[name] ?? name
            })
    }

    private func imported(by target: String) throws -> Set<String> {
        let folder = Self.root.appending(path: "Sources/\(target)")
        let files = try #require(FileManager.default.enumerator(atPath: folder.path))
        var modules = Set<String>()
        for case let file as String in files where file.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            for match in text.matches(of: /(?m)^ *(?:public |package )?import (\w+)/) {
                modules.insert(String(match.1))
            }
        }
        return modules.subtracting(Self.system).subtracting(target == "Gateway" ? Self.underHummingbird : [])
    }

    @Test("Every target imports just what it declares")
    func arrows() throws {
        let declared = try declared()
        #expect(declared.count == 20)
        for (target, dependencies) in declared {
            #expect(try imported(by: target) == dependencies, "\(target)")
        }
    }

    @Test("An attack cannot grade itself, and the first rooms know no tensors")
    func walls() throws {
        #expect(!(try imported(by: "Attacks").contains("Auditing")))
        #expect(!(try imported(by: "Auditing").contains("Attacks")))
        for room in ["Statistics", "Accounting", "Store"] {
            #expect(!(try imported(by: room).contains("Tensors")), "\(room)")
        }
    }
}
