import Foundation
import FoundationNetworking
import Synchronization
import ThreatModel
import Wire

/// Requests to a gateway, each asked as soon as another is answered, so that a constant number is under way.
struct GatewayLoad: Sendable {
    /// What became of all requests.
    struct Outcome: Codable, Sendable {
        /// The requests that were sent.
        var sent = 0
        /// Those with the right answer.
        var right = 0
        /// Those with another answer.
        var wrong = 0
        /// Those that were told to come back: 503 with a time to wait.
        var refused = 0
        /// Those with any other answer, or none.
        var lost = 0
        /// From the first to the last.
        var seconds = 0.0
        /// How long each right answer took, in milliseconds, ascending.
        var milliseconds: [Double] = []

        /// Right answers per second.
        var rate: Double { Double(right) / seconds }

        /// What speaks against the gateway; `nil` when nothing does.
        ///
        /// Where there is room for every request, each must be answered rightly; at overload some must be, some must be
        /// refused, and none may have anything else.
        func fault(of requests: Int, atOverload: Bool) -> String? {
            guard sent == requests else { return "expected \(requests) requests to end, found \(sent)" }
            guard wrong == 0, lost == 0 else { return "\(wrong) answers were wrong and \(lost) requests were lost" }
            guard right + refused == sent else { return "expected an answer or a refusal of each, found fewer" }
            guard right > 0 else { return "expected right answers, found none" }
            guard atOverload else { return refused == 0 ? nil : "expected every answer, found \(refused) refusals" }
            return refused > 0 ? nil : "expected refusals, found none; raise --connections"
        }

        /// The time in which so many of the right answers came.
        func quantile(_ share: Double) -> Double? {
            milliseconds.isEmpty
                ? nil : milliseconds[min(milliseconds.count - 1, Int(Double(milliseconds.count) * share))]
        }

        enum CodingKeys: String, CodingKey { case sent, right, wrong, refused, lost, seconds }
    }

    /// One question and its answer.
    struct Question: Sendable {
        /// The body.
        var body: Data
        /// The probabilities, row after row.
        var expected: [[Float]]
    }

    /// Where `/v1/classify` is.
    let address: URL
    /// The requests under way.
    let connections: Int

    /// Asks the questions in turn, so many times in all.
    func run(_ questions: [Question], requests: Int) -> Outcome {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connections
        configuration.timeoutIntervalForRequest = 120
        let session = URLSession(configuration: configuration)
        defer { session.invalidateAndCancel() }
        let outcome = Mutex(Outcome())
        let next = Mutex(0)
        let group = DispatchGroup()
        let start = ContinuousClock.now
        @Sendable func ask() {
            let number = next.withLock { next in
                defer { next += 1 }
                return next
            }
            guard number < requests else { return group.leave() }
            let (question, begun) = (questions[number % questions.count], ContinuousClock.now)
            session.dataTask(with: request(question)) { data, response, _ in
                let milliseconds = begun.duration(to: .now) / .milliseconds(1)
                outcome.withLock { Self.note(data, response, question, milliseconds, in: &$0) }
                ask()
            }.resume()
        }
        for _ in 0..<connections {
            group.enter()
            ask()
        }
        group.wait()
        return outcome.withLock { outcome in
            outcome.seconds = start.duration(to: .now) / .seconds(1)
            outcome.milliseconds.sort()
            return outcome
        }
    }

    private func request(_ question: Question) -> URLRequest {
        var request = URLRequest(url: address.appending(path: "v1/classify"))
        request.httpMethod = "POST"
        request.httpBody = question.body
        request.setValue(MediaType.json, forHTTPHeaderField: "Content-Type")
        return request
    }

    private static func note(
        _ data: Data?, _ response: URLResponse?, _ question: Question, _ milliseconds: Double, in outcome: inout Outcome
    ) {
        outcome.sent += 1
        let response = response as? HTTPURLResponse
        switch response?.statusCode {
        case 200:
            // What cannot be read is a wrong answer.
            let found = data.flatMap { try? JSONDecoder().decode(VectorResponse.self, from: $0) }?.data ?? []
            guard agrees(found, with: question.expected) else {
                outcome.wrong += 1
                return
            }
            outcome.right += 1
            outcome.milliseconds.append(milliseconds)
        case 503 where response?.value(forHTTPHeaderField: "Retry-After") != nil: outcome.refused += 1
        default: outcome.lost += 1
        }
    }

    /// Whether answers are those of single requests, up to the rounding of matrix products in larger batches.
    private static func agrees(_ found: [[Float]], with expected: [[Float]]) -> Bool {
        guard found.map(\.count) == expected.map(\.count) else { return false }
        return zip(found.joined(), expected.joined()).allSatisfy { abs($0 - $1) < 1e-5 }
    }
}
