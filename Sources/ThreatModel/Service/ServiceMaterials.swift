public import Models
public import Tensors

/// What the owner of a model gives to its defences and monitors, and how that travels to another process.
public struct ServiceMaterials: Sendable {
    /// What defences may know.
    public let defences: DefenceMaterial
    /// What monitors may know.
    public let monitors: MonitorMaterial

    /// Creates materials.
    ///
    /// - Parameters:
    ///   - random: the stream of noise and of partitions.
    ///   - training: the records that the model was trained on.
    ///   - reference: records that queries are compared with.
    ///   - benign: what benign accounts ask, account after account; disjoint from `reference`.
    public init(random: RandomStream, training: Records, reference: Records, benign: Records) {
        defences = DefenceMaterial(random: random["defences"], training: training)
        monitors = MonitorMaterial(reference: reference, benign: benign, random: random["monitors"])
    }

    private init(defences: DefenceMaterial, monitors: MonitorMaterial) {
        (self.defences, self.monitors) = (defences, monitors)
    }

    /// The materials as a file.
    public func file() -> Safetensors {
        var file = Safetensors()
        file.metadata["defences"] = String(defences.random.name, radix: 16)
        file.metadata["monitors"] = String(monitors.random.name, radix: 16)
        file.metadata["lifetime"] = "\(monitors.lifetime)"
        for (name, records) in [("reference", monitors.reference), ("benign", monitors.benign)] {
            guard let records else { continue }
            file.arrays[name] =
                records.features.map { Safetensors.Array($0) }
                ?? Safetensors.Array(records.tokens, shape: [records.count, records.window])
        }
        if let texts = defences.trainingTexts {
            // Texts may differ in length: all of their tokens, and where each ends.
            file.arrays["training"] = Safetensors.Array(texts.flatMap(\.self), shape: [texts.reduce(0) { $0 + $1.count }])
            file.arrays["lengths"] = Safetensors.Array(texts.map { Int32($0.count) }, shape: [texts.count])
        }
        return file
    }

    /// Reads a file of materials.
    ///
    /// - Throws: ``Tensors/Safetensors/Invalid`` when it is no such file.
    public init(_ file: Safetensors) throws {
        func stream(_ name: String) throws -> RandomStream {
            guard let number = file.metadata[name].flatMap({ UInt64($0, radix: 16) }) else {
                throw Safetensors.Invalid(description: "expected the name of a stream in the metadata '\(name)'")
            }
            return RandomStream(named: number)
        }
        let texts = try file.arrays["training"].map { _ in try Self.texts(file) }
        let lifetime = file.metadata["lifetime"].flatMap { Int($0) } ?? 100
        self.init(
            defences: DefenceMaterial(random: try stream("defences"), trainingTexts: texts),
            monitors: MonitorMaterial(
                reference: file.arrays["reference"].map(Self.records), benign: file.arrays["benign"].map(Self.records),
                lifetime: lifetime, random: try stream("monitors")))
    }

    private static func records(_ array: Safetensors.Array) -> Records {
        array.type == .int32
            ? Records(tokens: array.doubles.map { Int32($0) }, window: max(array.shape.last ?? 1, 1))
            : Records(features: array.tensor)
    }

    private static func texts(_ file: Safetensors) throws -> [[Int32]] {
        let tokens = try file.array("training").doubles.map { Int32($0) }
        let lengths = try file.array("lengths").doubles.map { Int($0) }
        guard lengths.allSatisfy({ $0 >= 0 }), lengths.reduce(0, +) == tokens.count else {
            throw Safetensors.Invalid(description: "expected lengths that add up to \(tokens.count) tokens")
        }
        var start = 0
        return lengths.map { length in
            defer { start += length }
            return Array(tokens[start..<start + length])
        }
    }
}
