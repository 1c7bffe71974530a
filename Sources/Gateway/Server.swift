#if Gateway
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals
import Wire

/// The front behind HTTP/1.1.
struct Server: Sendable {
    private let front: Front

    /// Serves a front.
    init(_ front: Front) { self.front = front }

    /// Listens until the program is told to stop, then finishes what it has begun.
    ///
    /// - Throws: ``ListeningError`` when the address cannot be listened at.
    func run(host: String, port: Int) async throws {
        OpenFiles.raiseLimit()
        let limits = front.limits
        var quiet = Logger(label: "penumbra-gateway") { _ in SwiftLogNoOpLogHandler() }
        quiet.logLevel = .critical
        let connection = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(seconds: limits.seconds, tolerates: limits.bodyBytes)],
            // Later than the deadline of a body, which is told; this one only closes.
            idleTimeout: .milliseconds(Int64(limits.seconds * 2000)))
        let application = Application(
            responder: FrontResponder(front: front, memory: BodyMemory(limits.bodyMemory)),
            server: .http1(configuration: connection),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "penumbra-gateway", backlog: 2048,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    min(limits.connections, OpenFiles.limit - 64), logger: quiet)),
            onServerRunning: { Self.announce($0, host: host) }, logger: quiet)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: application), .init(service: StopNotice(front: front))],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(limits.drainSeconds)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError {
            throw ListeningError(
                description: "cannot listen at \(host):\(port): \(error.localizedDescription); choose another port")
        }
        front.flush()
    }

    private static func announce(_ channel: any Channel, host: String) {
        let name = host.contains(":") ? "[\(host)]" : host
        print("listening on http://\(name):\(channel.localAddress?.port ?? 0)")
        fflush(nil)
    }
}

/// Says on `/ready` that the program is about to stop.
private struct StopNotice: Service {
    let front: Front

    func run() async throws {
        // It throws where the wait is cancelled, and that, too, says that the program is about to stop.
        try? await gracefulShutdown()
        front.stop()
    }
}

/// Between Hummingbird's requests and the front's.
struct FrontResponder: HTTPResponder {
    typealias Context = BasicRequestContext
    let front: Front
    let memory: BodyMemory

    func respond(to request: Request, context: Context) async throws -> Response {
        let head = RequestHead(request.head)
        let body = IncomingBody(of: request, within: front.limits.seconds, from: memory)
        let reply = await front.reply(to: head) { limit async throws(WireError) in try await body.data(upTo: limit) }
        return Response(reply, isHead: head.method == "HEAD", isLast: body.isLeft)
    }
}

extension RequestHead {
    fileprivate init(_ head: HTTPRequest) {
        self.init(head.method.rawValue, head.path ?? "/")
        contentType = head.headerFields[.contentType]
        accept = head.headerFields[.accept]
        authorization = head.headerFields[.authorization]
        idempotencyKey = HTTPField.Name(IdempotencyKey.header).flatMap { head.headerFields[$0] }
        contentLength = head.headerFields[.contentLength].flatMap { Int($0) }
    }
}

extension Response {
    /// A reply as Hummingbird writes it; of a HEAD request the head alone.
    fileprivate init(_ reply: Reply, isHead: Bool, isLast: Bool) {
        var headers = HTTPFields()
        headers[.contentType] = reply.contentType
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        // What was not read may still be on its way: it must not be taken for the next request, nor be waited for.
        if isLast { headers[.connection] = "close" }
        let body: ResponseBody
        switch reply.body {
        case .data(let data): body = ResponseBody(byteBuffer: ByteBuffer(bytes: data))
        case .events(let events):
            body = ResponseBody { writer in
                do {
                    for await event in events { try await writer.write(ByteBuffer(bytes: event)) }
                } catch {
                    // The client has hung up: nothing more is computed for it.
                    events.channel.abandon()
                    throw error
                }
                try await writer.finish(nil)
            }
        }
        let response = Response(status: .init(code: reply.status), headers: headers, body: body)
        self = isHead ? response.createHeadResponse() : response
    }
}
#endif
