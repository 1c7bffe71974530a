// swift-tools-version: 6.2
import PackageDescription

// SwiftPM checks out somebody's dependencies in …/checkouts/<name>. Their machines and ours differ, so only a build
// of our own has vector flags; PENUMBRA_MARCH=x86-64-v3 makes one that can be copied elsewhere.
let isDependency = Context.packageDirectory.contains("/checkouts/")
let march = Context.environment["PENUMBRA_MARCH"] ?? "native"

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
let vectorised: [SwiftSetting] =
    isDependency
    ? [] : [.unsafeFlags(["-O", "-Xcc", "-march=\(march)"])]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let numerics = Target.Dependency.product(name: "RealModule", package: "swift-numerics")
/// Only who asks for the trait fetches and compiles Hummingbird and SwiftNIO.
let hummingbird = Target.Dependency.product(
    name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Gateway"]))

func room(_ name: String, _ dependencies: [Target.Dependency] = [], extra: [SwiftSetting] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house + extra)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies, exclude: exclude,
        swiftSettings: house)
}

let package = Package(
    name: "penumbra",
    products: [
        .executable(name: "penumbra", targets: ["penumbra"]),
        .executable(name: "penumbra-gateway", targets: ["Gateway"]),
        .library(
            name: "Penumbra",
            targets: [
                "Statistics", "Accounting", "Tensors", "Autograd", "Models", "Datasets", "Mechanisms", "Training",
                "ThreatModel", "Attacks", "Auditing", "Lab",
            ]),
    ],
    traits: [
        .trait(name: "Gateway", description: "penumbra-gateway, which brings in Hummingbird and SwiftNIO")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-numerics", exact: "1.1.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", exact: "0.10.0"),
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CVec"),
        .systemLibrary(name: "CMalloc"),

        room("Statistics", [numerics]),
        room("Accounting", ["Statistics", numerics], extra: vectorised),
        room("Store", ["CSodium"]),
        room("Tensors", ["CLAPACKE", "COpenBLAS", "CVec"], extra: vectorised),
        room("Autograd", ["Tensors"]),
        room("Models", ["Autograd", "Tensors"]),
        room("Datasets", ["CZlib", "Store", "SwiftCSV"]),
        room("Mechanisms", ["Accounting", "Autograd", "CSodium", "Tensors"]),
        room("Training", ["Accounting", "Autograd", "Mechanisms", "Models", "Tensors"]),
        room("Lab", ["Accounting", "Autograd", "Mechanisms", "Models", "Statistics", "Tensors", "Training"]),
        room("ThreatModel", ["Autograd", "CSodium", "Datasets", "Models", "Statistics", "Tensors", "Training"]),
        room("Wire", ["Datasets", "Tensors", "ThreatModel"]),
        room("Client", ["Tensors", "ThreatModel", "Wire"]),
        room(
            "Attacks",
            ["Autograd", "Datasets", "Models", "Statistics", "Tensors", "ThreatModel", "Training", numerics]),
        room("Auditing", ["Accounting", "Autograd", "Models", "Statistics", "Tensors", "ThreatModel", numerics]),
        room(
            "Experiments",
            [
                "Accounting", "Attacks", "Auditing", "Autograd", "Client", "Datasets", "Lab", "Mechanisms", "Models",
                "Statistics", "Store", "Tensors", "ThreatModel", "Training", "Yams",
            ]),
        room(
            "Benchmarks",
            [
                "Attacks", "Autograd", "CMalloc", "Datasets", "Mechanisms", "Models", "Statistics", "Tensors",
                "ThreatModel", "Training",
            ]),
        room("Reporting", ["Accounting", "Auditing", "Benchmarks", "Statistics", mustache]),
        .executableTarget(
            name: "Gateway",
            dependencies: [
                "Datasets", "Experiments", "Models", "Tensors", "ThreatModel", "Wire", argumentParser, hummingbird,
            ], swiftSettings: house),
        .executableTarget(
            name: "penumbra",
            dependencies: [
                "Accounting", "Auditing", "Benchmarks", "Client", "Datasets", "Experiments", "Lab", "Models",
                "Reporting",
                "Statistics", "Store",
                "Tensors", "ThreatModel", "Wire", argumentParser,
            ], swiftSettings: house),

        .target(name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport", swiftSettings: house),
        tests("Statistics", exclude: ["Golden"]),
        tests("Accounting", exclude: ["Golden"]),
        tests("Store"),
        tests("Tensors", exclude: ["Golden"]),
        tests("Autograd", ["Tensors"], exclude: ["Golden"]),
        tests("Models", ["Autograd", "Tensors"], exclude: ["Foreign", "Golden"]),
        tests("Datasets", ["Tensors"]),
        tests("Mechanisms", ["Accounting", "Autograd", "Tensors"]),
        tests("Training", ["Accounting", "Autograd", "Mechanisms", "Models", "Tensors"]),
        tests("Lab", ["Autograd", "Mechanisms", "Models", "Statistics", "Tensors"]),
        tests("ThreatModel", ["Autograd", "Datasets", "Models", "Statistics", "Tensors", "Training"]),
        tests(
            "Attacks",
            ["Autograd", "Auditing", "Datasets", "Models", "Statistics", "Tensors", "ThreatModel", "Training"],
            exclude: ["Golden", "Forbidden"]),
        tests("Client", ["Autograd", "Datasets", "Models", "Tensors", "ThreatModel", "Wire"]),
        tests("Auditing", ["Accounting", "Autograd", "Models", "Statistics", "Tensors", "ThreatModel"]),
        tests(
            "Experiments",
            [
                "Accounting", "Attacks", "Auditing", "Datasets", "Lab", "Mechanisms", "Models", "Statistics",
                "Store", "Tensors",
                "ThreatModel", "Training",
            ],
            exclude: ["Golden"]),
        tests("Gateway", ["Models", "Tensors", "ThreatModel", "Wire"]),
        tests("Benchmarks", ["Autograd", "Datasets", "Models", "Tensors", "Training"]),
        tests("Reporting", ["Accounting", "Auditing", "Benchmarks", "Statistics"]),
        .testTarget(
            name: "CommandLineTests", dependencies: ["Tensors"], exclude: ["Golden"], swiftSettings: house),
    ]
)
