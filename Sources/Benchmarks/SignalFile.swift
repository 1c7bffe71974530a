package import Foundation
import Tensors

/// A file of signals as `penumbra score` reads them, too large to be held in memory while it is written.
package struct SignalFile: Sendable {
    /// The type of the signals.
    package enum Number: String, CaseIterable, Sendable {
        /// Single precision.
        case single = "F32"
        /// Double precision.
        case double = "F64"

        var size: Int { self == .single ? 4 : 8 }
    }

    /// The candidates.
    package let records: Int
    /// The shadow models, half of which saw each candidate.
    package let models: Int
    /// The type of the signals.
    package let number: Number

    /// Describes a file.
    package init(records: Int, models: Int, number: Number) {
        precondition(records > 0 && models > 1, "\(records) records, \(models) models")
        (self.records, self.models, self.number) = (records, models, number)
    }

    /// Writes `membership` (U8), `shadows` and `target`, a row at a time.
    ///
    /// A model's signals are normal, half a deviation higher on what it saw; the target saw half of the records.
    /// - Throws: what the file system says.
    /// - Complexity: O(models·records); memory O(records).
    package func write(to place: URL) throws {
        try header.write(to: place)
        let file = try FileHandle(forWritingTo: place)
        try file.seekToEnd()
        let first = RandomStream(seed: 0)["first model"].words(records).map { Int($0) % models }
        for model in 0..<models { try file.write(contentsOf: Data(marks(of: model, first))) }
        for model in 0..<models { try file.write(contentsOf: signals(of: model, marks(of: model, first))) }
        try file.write(contentsOf: signals(of: models, marks(of: 0, first.reversed())))
        try file.close()
    }

    /// 1 for the records that a model saw: each was seen by half of the models, one after the other from its first.
    private func marks(of model: Int, _ first: [Int]) -> [UInt8] {
        first.map { (model + $0) % models < models / 2 ? 1 : 0 }
    }

    private func signals(of model: Int, _ marks: [UInt8]) -> Data {
        let noise = RandomStream(seed: 0)["signals"][model].normalTensor([records]).values
        let values = zip(noise, marks).map { $0 + 0.5 * Float($1) }
        switch number {
        case .single: return Safetensors.Array(Tensor(values)).bytes
        case .double: return Safetensors.Array(values.map(Double.init), shape: [records]).bytes
        }
    }

    private var header: Data {
        let (cells, size) = (models * records, number.size)
        var (offset, entries) = (0, ["\"__metadata__\":{\"signal\":\"logit-confidence\"}"])
        for (name, type, shape, bytes) in [
            ("membership", "U8", "\(models),\(records)", cells),
            ("shadows", number.rawValue, "\(models),\(records)", cells * size),
            ("target", number.rawValue, "\(records)", records * size),
        ] {
            entries.append(
                "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(offset + bytes)]}"
            )
            offset += bytes
        }
        var text = "{\(entries.joined(separator: ","))}"
        text += String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
        return Data((0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) }) + Data(text.utf8)
    }
}
