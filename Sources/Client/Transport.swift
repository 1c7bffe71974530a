import Foundation
import FoundationNetworking
import Synchronization
import Wire

/// A request as it goes over the wire.
struct WireRequest {
    var method = "GET"
    var path: String
    var body: Data?
    var contentType: String?
    var accept: String?
    /// What the service knows the request by when it comes again; `nil` where that does not matter.
    var idempotencyKey: String?
}

/// An answer as it came.
struct WireReply {
    var status: Int
    var body: Data
    var contentType: String
    /// The seconds to wait, where the service says.
    var retryAfter: Double?
}

/// Why there is no answer.
struct TransportFailure: Error {
    var text: String
    /// Whether another attempt may help.
    var mayPass: Bool
}

/// Sends requests and waits for answers.
///
/// The caller's thread waits on a semaphore while URLSession works on threads of its own, so that nothing that the
/// caller holds can keep the answer from coming.
final class Transport: Sendable {
    private let timeout: Double
    private let base: URL
    private let secret: String?

    init(_ base: URL, secret: String?, timeout: Double) {
        (self.base, self.secret, self.timeout) = (base, secret, timeout)
        if base.isLoopback { Proxy.exemptLoopback }
    }

    /// A session for one request.
    ///
    /// A request that goes over a connection which the service has just closed is not sent anew with its body, and the
    /// wait has no end; so no connection is used twice.
    private var session: URLSession {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = timeout
        configuration.timeoutIntervalForResource = 24 * 3600
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        return URLSession(configuration: configuration)
    }

    func send(_ request: WireRequest) throws(TransportFailure) -> WireReply {
        let outcome = Mutex<Result<WireReply, TransportFailure>?>(nil)
        let arrived = DispatchSemaphore(value: 0)
        let session = session
        defer { session.finishTasksAndInvalidate() }
        let task = session.dataTask(with: urlRequest(request)) { body, response, error in
            let result = Self.result(body, response, error)
            outcome.withLock { $0 = result }
            arrived.signal()
        }
        task.resume()
        arrived.wait()
        guard let result = outcome.withLock(\.self) else { throw TransportFailure(text: "no answer", mayPass: false) }
        return try result.get()
    }

    private func urlRequest(_ request: WireRequest) -> URLRequest {
        var result = URLRequest(url: base.appending(path: request.path))
        result.httpMethod = request.method
        result.httpBody = request.body
        result.setValue("penumbra", forHTTPHeaderField: "User-Agent")
        result.setValue("close", forHTTPHeaderField: "Connection")
        if let type = request.contentType { result.setValue(type, forHTTPHeaderField: "Content-Type") }
        if let type = request.accept { result.setValue(type, forHTTPHeaderField: "Accept") }
        if let key = request.idempotencyKey { result.setValue(key, forHTTPHeaderField: IdempotencyKey.header) }
        if let secret { result.setValue("Bearer \(secret)", forHTTPHeaderField: "Authorization") }
        return result
    }

    private static func result(
        _ body: Data?, _ response: URLResponse?, _ error: (any Error)?
    ) -> Result<WireReply, TransportFailure> {
        if let error {
            let code = (error as? URLError)?.code
            // A service that computes for too long would only be asked for the same again.
            return .failure(TransportFailure(text: error.localizedDescription, mayPass: code != .timedOut))
        }
        guard let response = response as? HTTPURLResponse else {
            return .failure(TransportFailure(text: "no HTTP response", mayPass: false))
        }
        return .success(
            WireReply(
                status: response.statusCode, body: body ?? Data(),
                contentType: response.value(forHTTPHeaderField: "Content-Type") ?? "",
                retryAfter: response.value(forHTTPHeaderField: "Retry-After").flatMap(Double.init)))
    }
}

extension URL {
    /// Whether it names this machine.
    var isLoopback: Bool { host().map { Proxy.loopback.contains($0) || $0.hasPrefix("127.") } ?? false }
}

/// What the environment says of proxies, which the transfer library reads by itself.
private enum Proxy {
    static let loopback = ["127.0.0.1", "localhost", "::1"]

    /// Keeps requests to this machine from a proxy, which would look for the gateway on its own machine.
    ///
    /// There is no setting for it but the environment's; done once, before the first request.
    static let exemptLoopback: Void = {
        let environment = ProcessInfo.processInfo.environment
        let known = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        guard known != "*" else { return }
        let hosts = known.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let missing = loopback.filter { !hosts.contains($0) }
        // Fails where there is no memory left; the request then says what it finds.
        if !missing.isEmpty { _ = unsafe setenv("no_proxy", (hosts + missing).joined(separator: ","), 1) }
    }()
}
