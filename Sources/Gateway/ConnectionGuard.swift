#if Gateway
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Wire

/// Tells a connection what is wrong where no request has come of it: a head that does not arrive, or is no HTTP.
///
/// After an answer that is the last, as it says `Connection: close`, what still arrives is thrown away for two seconds, so
/// that one who still sends can read it; then the connection is closed, whoever sends.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let seconds: Double
    private let tolerance: Int
    private var deadline: Scheduled<Void>?
    private var unanswered = 0
    private var isClosing = false
    private var isLast = false
    /// The bytes that were thrown away after the last answer; `nil` before it.
    private var discarded: Int?
    /// The seconds that a connection stays open after its last answer.
    private static let linger = 2.0

    /// Guards one connection.
    ///
    /// - Parameters:
    ///   - seconds: the time within which the first head must come.
    ///   - bytes: what may still come after the last answer.
    init(seconds: Double, tolerates bytes: Int) { (self.seconds, tolerance) = (seconds, bytes) }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { wait(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelActive(context: ChannelHandlerContext) {
        wait(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if let known = discarded {
            discarded = known + part.bytes
            if known + part.bytes > tolerance { context.close(promise: nil) }
            return
        }
        if case .head = part {
            deadline?.cancel()
            unanswered += 1
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // An answer to what came before the connection's last answer and was read after it.
        guard discarded == nil else { return promise?.succeed() ?? () }
        switch unwrapOutboundIn(data) {
        case .head(let head): isLast = head.headerFields[.connection] == "close"
        case .body: break
        case .end:
            unanswered -= 1
            if isLast {
                discarded = 0
                linger(context)
            }
        }
        context.write(data, promise: promise)
    }

    private func linger(_ context: ChannelHandlerContext) {
        let time = TimeAmount.milliseconds(Int64(Self.linger * 1000))
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // After the last answer nobody reads what is wrong.
        guard discarded == nil else { return }
        guard error is HTTPParserError, unanswered == 0 else { return context.fireErrorCaught(error) }
        refuse(context, .invalid(nil, "expected a request of HTTP/1.1, found something else (\(error))"))
    }

    private func wait(_ context: ChannelHandlerContext) {
        guard deadline == nil else { return }
        let time = TimeAmount.milliseconds(Int64(seconds * 900))
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in
            refuse(context, .tooSlow(seconds))
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ error: WireError) {
        guard !isClosing else { return }
        isClosing = true
        // Without promises: who cannot be written to has left, and a connection that is closed is what is wanted.
        guard case .data(let data) = Reply(error).body else { return context.close(promise: nil) }
        let fields: HTTPFields = [
            .contentType: "application/json", .contentLength: "\(data.count)", .connection: "close",
        ]
        let head = HTTPResponse(status: .init(code: error.status), headerFields: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: data))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}

extension HTTPRequestPart {
    /// The bytes of a part of a body; a head and an end count as one.
    fileprivate var bytes: Int {
        guard case .body(let buffer) = self else { return 1 }
        return buffer.readableBytes
    }
}
#endif
