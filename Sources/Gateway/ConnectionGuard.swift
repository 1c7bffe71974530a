#if Gateway
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Wire

/// Tells a connection what is wrong where no request has come of it: a head that does not arrive, or is no HTTP.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let seconds: Double
    private var deadline: Scheduled<Void>?
    private var unanswered = 0
    private var isClosing = false
    private var isLast = false
    /// The seconds that a connection stays open after its last answer, so that one who still sends can read it.
    private static let linger = 2.0

    init(seconds: Double) { self.seconds = seconds }

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
        if case .head = unwrapInboundIn(data) {
            deadline?.cancel()
            unanswered += 1
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): isLast = head.headerFields[.connection] == "close"
        case .body: break
        case .end:
            unanswered -= 1
            if isLast { linger(context) }
        }
        context.write(data, promise: promise)
    }

    private func linger(_ context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(Self.linger * 1000))) {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
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
#endif
