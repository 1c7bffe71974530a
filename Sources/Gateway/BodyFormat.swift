import Foundation
import Wire

/// How a body is written.
enum BodyFormat: Sendable {
    /// Text.
    case json
    /// Arrays as bytes.
    case safetensors

    /// What formats are called; safetensors has no registered name, and two that are used.
    static let names = [MediaType.json, MediaType.safetensors, "application/safetensors"]

    /// The format of a `Content-Type`; `nil` of any other.
    init?(_ contentType: String?) {
        let name = contentType?.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        guard let place = name.flatMap({ Self.names.firstIndex(of: $0) }) else { return nil }
        self = place == 0 ? .json : .safetensors
    }

    /// The name by which an `Accept` asks for arrays as bytes; `nil` when it does not.
    static func safetensorsName(in accept: String?) -> String? {
        let wanted = accept?.lowercased() ?? ""
        return names.dropFirst().first { wanted.contains($0) }
    }
}

/// A body whose names are all known: what would change an answer and is misspelt must not be ignored.
struct StrictBody<Content: Decodable>: Decodable {
    let content: Content
    private static var knownNames: String { "known names" }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        let key = CodingUserInfoKey(rawValue: Self.knownNames)
        if let known = key.flatMap({ decoder.userInfo[$0] }) as? Set<String>,
            let strange = names.sorted().first(where: { !known.contains($0) })
        {
            throw WireError.invalid(
                String(strange.prefix(100)),
                "expected \(known.sorted().joined(separator: ", ")), found '\(strange.prefix(100))'; remove it")
        }
        content = try Content(from: decoder)
    }

    /// Reads a body.
    ///
    /// - Throws: ``Wire/WireError`` that names what is wrong.
    static func decode(_ data: Data, known: Set<String>) throws(WireError) -> Content {
        let decoder = JSONDecoder()
        if let key = CodingUserInfoKey(rawValue: knownNames) { decoder.userInfo[key] = known }
        do {
            return try decoder.decode(Self.self, from: data).content
        } catch let error as WireError {
            throw error
        } catch let error as DecodingError {
            throw error.wireError
        } catch {
            // The parser's own errors, in words about bytes; what it was given is no JSON.
            throw .invalid(nil, "expected a JSON object, found something else")
        }
    }
}

extension DecodingError {
    /// What is wrong, by the parameter's name.
    fileprivate var wireError: WireError {
        switch self {
        case .keyNotFound(let key, _): .invalid(key.stringValue, "expected '\(key.stringValue)', found none")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            .invalid(Self.name(context), "\(Self.place(context)): \(context.debugDescription)")
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? .invalid(nil, "expected a JSON object, found something else")
                : .invalid(Self.name(context), "\(Self.place(context)): \(context.debugDescription)")
        @unknown default: .invalid(nil, "expected a JSON object, found something else")
        }
    }

    private static func name(_ context: Context) -> String? { context.codingPath.first?.stringValue }

    private static func place(_ context: Context) -> String {
        context.codingPath.reduce("") { text, key in
            key.intValue.map { "\(text)[\($0)]" } ?? (text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)")
        }
    }
}
