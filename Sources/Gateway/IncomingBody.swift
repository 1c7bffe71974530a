#if Gateway
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationEssentialsCompat
import Synchronization
import Wire

/// The body of a request while it arrives.
final class IncomingBody: Sendable {
    private let body: RequestBody
    private let share: BodyMemory.Share
    private let seconds: Double
    private let expected: Int?
    private let isAnnounced: Bool
    private let isRead = Mutex(false)

    /// Prepares to read a request's body; nothing is read yet.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - seconds: the time within which all of it must have come.
    ///   - memory: what its bytes are taken from, for as long as the object lives.
    init(of request: Request, within seconds: Double, from memory: BodyMemory) {
        (body, self.seconds, share) = (request.body, seconds, BodyMemory.Share(of: memory))
        expected = request.headers[.contentLength].flatMap { Int($0) }
        isAnnounced =
            request.headers[.transferEncoding] != nil || request.headers[.contentLength].map { $0 != "0" } ?? false
    }

    /// Whether there is a body that was not read to its end, so that the connection holds what is no next request.
    var isLeft: Bool { isAnnounced && !isRead.withLock { $0 } }

    /// All of it, unless it is too long, too slow or too much beside the others.
    ///
    /// - Throws: ``Wire/WireError`` of status 400, 408, 413 or 503.
    func data(upTo limit: Int) async throws(WireError) -> Data {
        do {
            let data = try await withThrowingTaskGroup(of: Data?.self) { group in
                group.addTask { try await self.collect(upTo: limit) }
                group.addTask { [seconds] in
                    try await Task.sleep(for: .seconds(seconds))
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            guard let data else { throw WireError.tooSlow(seconds) }
            if let expected, data.count < expected {
                throw WireError.invalid(nil, "expected a body of \(expected) bytes, found \(data.count)")
            }
            isRead.withLock { $0 = true }
            return data
        } catch let error as WireError {
            throw error
        } catch {
            throw .invalid(nil, "the body ended before its time")
        }
    }

    private func collect(upTo limit: Int) async throws -> Data {
        var data = Data()
        for try await part in body {
            guard part.readableBytes <= limit - data.count else { throw WireError.tooLarge(limit) }
            try share.take(part.readableBytes)
            data.append(contentsOf: part.readableBytesView)
        }
        return data
    }
}

extension WireError {
    /// The error of a request that does not arrive in time.
    static func tooSlow(_ seconds: Double) -> WireError {
        WireError(
            408,
            .init(
                message: "expected the whole request within \(seconds) seconds, found a part; send it faster",
                type: "invalid_request_error", code: "timeout"))
    }
}
#endif
