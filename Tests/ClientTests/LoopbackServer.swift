import Foundation
import Synchronization

/// A request as the server in a test reads it.
struct ServedRequest: Sendable {
    var method: String
    var path: String
    /// By lower-case names.
    var headers: [String: String]
    var body: Data
}

/// What the server in a test answers.
struct ServedReply: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body = Data()
}

/// A loopback port on which nobody listens, and which nobody else gets while this lives.
final class SilentPort {
    private let descriptor: Int32
    let url: URL?

    init() throws {
        let (descriptor, port) = try boundSocket()
        self.descriptor = descriptor
        url = URL(string: "http://127.0.0.1:\(port)")
    }

    deinit { _ = Foundation.close(descriptor) }
}

/// A socket on a loopback port that the system chose, and its port.
private func boundSocket() throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            unsafe bind(descriptor, address, size) | getsockname(descriptor, address, &size)
        }
    }
    guard status == 0 else { throw CocoaError(.fileWriteUnknown) }
    return (descriptor, UInt16(bigEndian: address.sin_port))
}

/// A server of HTTP/1.1 on a loopback port that the system chose: a thread per connection, for tests only.
final class LoopbackServer: Sendable {
    private let listener: Int32
    let port: UInt16
    private let handle: @Sendable (ServedRequest) -> ServedReply?
    private let keepsConnections: Bool
    private let isOpen = Mutex(true)

    /// Listens; a handler that returns `nil` closes the connection without an answer.
    ///
    /// With `keepsConnections` a connection stays open although the client asked to close it.
    init(keepsConnections: Bool = false, _ handle: @escaping @Sendable (ServedRequest) -> ServedReply?) throws {
        (listener, port) = try boundSocket()
        guard listen(listener, 64) == 0 else { throw CocoaError(.fileWriteUnknown) }
        self.handle = handle
        self.keepsConnections = keepsConnections
        let thread = Thread { [self] in accept() }
        thread.start()
    }

    /// Its address.
    var url: URL? { URL(string: "http://127.0.0.1:\(port)") }

    /// Stops to listen.
    func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        // The thread that accepts is woken and closes it; were it closed here, that thread might accept connections of
        // the next socket of this number.
        if wasOpen { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    private func accept() {
        while true {
            let connection = Foundation.accept(listener, nil, nil)
            guard connection >= 0 else {
                _ = Foundation.close(listener)
                return
            }
            Thread { [self] in
                serve(Connection(descriptor: connection))
            }.start()
        }
    }

    /// Answers the requests of a connection, one after another.
    private func serve(_ connection: Connection) {
        var received = Data()
        while let request = Self.read(from: connection, &received) {
            guard let reply = handle(request) else { return }
            var head = "HTTP/1.1 \(reply.status) Status\r\nContent-Length: \(reply.body.count)\r\n"
            let closes = !keepsConnections && request.headers["connection"]?.lowercased() == "close"
            if closes { head += "Connection: close\r\n" }
            for (name, value) in reply.headers { head += "\(name): \(value)\r\n" }
            guard connection.write(Data((head + "\r\n").utf8) + reply.body) else { return }
            if closes { return }
        }
    }

    private static func read(from connection: Connection, _ received: inout Data) -> ServedRequest? {
        let separator = Data("\r\n\r\n".utf8)
        var head = received.range(of: separator)
        while head == nil {
            guard let data = connection.read() else { return nil }
            received += data
            head = received.range(of: separator)
        }
        guard let head else { return nil }
        let lines = String(decoding: received[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1] }
        }
        received = Data(received[head.upperBound...])
        if headers["expect"] != nil { _ = connection.write(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while received.count < length {
            guard let data = connection.read() else { return nil }
            received += data
        }
        let body = Data(received.prefix(length))
        received = Data(received.dropFirst(length))
        return ServedRequest(method: words[0], path: words[1], headers: headers, body: body)
    }
}

/// A socket that is closed with its owner.
private final class Connection {
    private let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = Foundation.close(descriptor) }

    /// What has come; `nil` when nothing more will.
    func read() -> Data? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Data(buffer[..<count]) : nil
    }

    /// Whether all was taken; a client that has gone ends no process.
    func write(_ data: Data) -> Bool {
        var rest = [UInt8](data)[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(1 << 20))
            let count = unsafe send(descriptor, part, part.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
