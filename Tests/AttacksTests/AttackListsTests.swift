import Foundation
import Testing
import ThreatModel

/// The folder, the contract's table and the catalogue of the specs list the same attacks.
@Suite struct AttackListsTests {
    private let sources = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources").standardizedFileURL

    /// The attacks' types, one per line `.signals(LiRA.self),`.
    private func catalogue() throws -> [String] {
        let text = try String(
            contentsOf: sources.appending(path: "Experiments/AttackCatalogue.swift"), encoding: .utf8)
        return text.matches(of: /\.(?:signals|membership|theft|lastLayer|exact|game)\((\w+)\.self\),/).map {
            String($0.1)
        }
    }

    /// Files that attacks share: descriptors, densities, optimisers, networks.
    private static let shared: Set<String> = [
        "AttackNetwork", "Blocks", "GaussianMixture", "HistogramOfGradients", "ImageFeatures", "KernelDensity",
        "HiddenUnit", "KernelRegression", "LBFGS", "MirroredSearch", "NearestNeighbourDensity", "NearestRows",
        "PiecewiseLine", "RandomContexts", "SampleTransfer",
        // What thefts of classifiers share.
        "ActiveQueries", "BanditQueries", "DeepFool", "DiscriminatorRejection", "GradientBandit", "GreedyCentres",
        "KMeans", "QueryPool",
        "QueryReward", "StudentClassifier", "StudentTraining", "TheftRounds", "TransferSet",
    ]

    @Test("Each attack has a file of its name, and each file's attack is in the contract's table")
    func files() throws {
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.appending(path: "Attacks").path)
            // The rungs of an audit guess the coins of canaries, not of candidates: they are played by the audit's game.
            .filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Canaries/") }
            .map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
        let attacks = Set(ContractCase.all.map(\.type)).union(TheftCase.all.map(\.type))
        #expect(Set(files).subtracting(Self.shared) == attacks)
        #expect(Self.shared.isSubset(of: files))
    }

    @Test("The catalogue holds the cards of the contract's table, each once")
    func cards() throws {
        let catalogue = try catalogue()
        #expect(Set(catalogue) == Set(ContractCase.all.map(\.type)).union(TheftCase.all.map(\.type)))
        #expect(catalogue.count == Set(catalogue).count)
    }

    @Test("No attack can see a game: neither attacks nor the threat model import the auditor")
    func imports() throws {
        for room in ["Attacks", "ThreatModel"] {
            let root = sources.appending(path: room)
            let files = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".swift") }
            #expect(!files.isEmpty)
            for file in files {
                let text = try String(contentsOf: root.appending(path: file), encoding: .utf8)
                #expect(!text.contains("import Auditing"), "\(room)/\(file)")
            }
        }
    }
}
