import Foundation
import Tensors

/// The goldens that `Golden/generate.py` copied.
enum Golden {
    static func file(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
    }

    static func rows() throws -> [AccountTests.Row] {
        try JSONDecoder().decode([AccountTests.Row].self, from: Data(contentsOf: file("accounting.json")))
    }

    static func roc() throws -> [String: [String: Double]] {
        try JSONDecoder().decode([String: [String: Double]].self, from: Data(contentsOf: file("roc.json")))
    }

    static func arrays(_ name: String) throws -> Safetensors {
        try Safetensors(decoding: try Data(contentsOf: file("\(name).safetensors")))
    }
}
