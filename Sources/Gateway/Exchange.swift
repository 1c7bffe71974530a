import Foundation
import Wire

/// What a request says before its body.
struct RequestHead: Sendable {
    /// Such as `GET`.
    var method: String
    /// The path with its query.
    var path: String
    /// The value of `Content-Type`.
    var contentType: String?
    /// The value of `Accept`.
    var accept: String?
    /// The value of `Authorization`.
    var authorization: String?
    /// The value of `Idempotency-Key`.
    var idempotencyKey: String?
    /// The value of `Content-Length`.
    var contentLength: Int?

    /// Creates a head.
    init(_ method: String, _ path: String) { (self.method, self.path) = (method, path) }

    /// The path without its query.
    var route: Substring { path.prefix { $0 != "?" && $0 != "#" } }

    /// The key of `Authorization: Bearer KEY`; `nil` without one.
    var key: String? {
        guard let parts = authorization?.split(separator: " ", maxSplits: 1), parts.count == 2,
            parts[0].lowercased() == "bearer"
        else { return nil }
        return parts[1].trimmingCharacters(in: .whitespaces)
    }
}

/// Reads a body of at most so many bytes.
typealias BodyReader = @Sendable (_ limit: Int) async throws(WireError) -> Data

/// What a request is answered with.
struct Reply: Sendable {
    /// What follows the head.
    enum Body: Sendable {
        /// All at once.
        case data(Data)
        /// Server-sent events, as they come; the logs' record is told by their channel.
        case events(CompletionEvents)
    }

    /// The HTTP status.
    var status: Int
    /// The value of `Content-Type`.
    var contentType: String
    /// Other headers.
    var headers: [(name: String, value: String)] = []
    /// What follows the head.
    var body: Body
    /// What the access log and the metrics say of it.
    var record = AccessRecord()

    /// Creates an answer.
    init(_ status: Int, _ contentType: String, _ body: Data) {
        (self.status, self.contentType, self.body) = (status, contentType, .data(body))
    }

    /// A value as JSON.
    ///
    /// - Throws: ``Wire/WireError`` when a number is not finite.
    init(_ status: Int = 200, json value: some Encodable) throws(WireError) {
        try self.init(status) { try Self.encoder.encode(value) }
    }

    /// Rows of numbers as JSON.
    ///
    /// - Throws: ``Wire/WireError`` when a number is not finite.
    init(json answer: VectorResponse) throws(WireError) { try self.init(200) { try answer.json() } }

    private init(_ status: Int, json: () throws -> Data) throws(WireError) {
        do {
            self.init(status, "application/json", try json())
        } catch {
            // Nothing else in an answer is beyond JSON.
            throw WireError(
                422,
                .init(
                    message: "the model's answer has numbers that are not finite, which JSON cannot say; ask about "
                        + "smaller numbers, or for safetensors", type: "invalid_request_error"))
        }
    }

    /// An error as JSON, and how long to wait where waiting helps.
    init(_ error: WireError) {
        // Texts alone: nothing that JSON cannot say.
        let data = (try? Self.encoder.encode(error.body)) ?? Data()
        self.init(error.status, "application/json", data)
        record.error = error.body.error.message
        // A longer time than a day says nothing more, and might be no whole number.
        guard let seconds = error.retryAfter.map({ min(max(0, $0), 86_400) }), !seconds.isNaN else { return }
        headers.append(("Retry-After", "\(Int(seconds.rounded(.up)))"))
        headers.append(("Retry-After-Ms", "\(Int((seconds * 1000).rounded(.up)))"))
    }

    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return encoder
    }()
}

/// What the access log says of a request beside its head and its status.
struct AccessRecord: Sendable {
    /// Who asked.
    var account: String?
    /// The model.
    var model: String?
    /// What was asked of it.
    var operation: String?
    /// Records, samples or continuations.
    var queries = 0
    /// The tokens that were read and written.
    var tokens = 0
    /// What went wrong.
    var error: String?
}
