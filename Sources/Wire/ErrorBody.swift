public import ThreatModel

/// An error as the completions interface writes it.
public struct ErrorBody: Codable, Sendable, Equatable {
    /// What is wrong.
    public var error: Content

    /// What is wrong.
    public struct Content: Codable, Sendable, Equatable {
        /// One line: what was expected, what was found, what to do.
        public var message: String
        /// The kind of error.
        public var type: String
        /// The parameter that is wrong.
        public var param: String?
        /// A word for programs.
        public var code: String?

        /// Creates a content.
        public init(message: String, type: String, param: String? = nil, code: String? = nil) {
            (self.message, self.type, self.param, self.code) = (message, type, param, code)
        }
    }

    /// Creates a body.
    public init(_ error: Content) { self.error = error }
}

/// An error, its HTTP status, and the seconds to wait where waiting helps.
public struct WireError: Error, Sendable, Equatable {
    /// The HTTP status.
    public var status: Int
    /// What is wrong.
    public var body: ErrorBody
    /// The seconds after which to ask again.
    public var retryAfter: Double?

    /// Creates an error.
    public init(_ status: Int, _ body: ErrorBody.Content, retryAfter: Double? = nil) {
        (self.status, self.body, self.retryAfter) = (status, ErrorBody(body), retryAfter)
    }

    /// The error of a parameter that is missing or wrong.
    public static func invalid(_ parameter: String?, _ message: String) -> WireError {
        WireError(400, .init(message: message, type: "invalid_request_error", param: parameter))
    }

    /// How a service's error is told.
    public init(_ error: ThreatModelError) {
        let text = error.description
        guard case .refused(let refusal) = error else {
            switch error {
            case .budgetExhausted: self.init(429, .init(message: text, type: "insufficient_quota", code: "budget"))
            case .unsupported(let what, _):
                self.init(
                    404, .init(message: text, type: "invalid_request_error", param: what, code: "unsupported"))
            default: self.init(400, .init(message: text, type: "invalid_request_error", code: "mismatch"))
            }
            return
        }
        switch refusal {
        case .invalid(let parameter, let message):
            self = .invalid(parameter.isEmpty ? nil : parameter, message)
        case .unauthorised: self.init(401, .init(message: text, type: "authentication_error", code: "invalid_api_key"))
        case .overBudget: self.init(429, .init(message: text, type: "insufficient_quota", code: "insufficient_quota"))
        case .rateLimited(let seconds):
            self.init(
                429, .init(message: text, type: "rate_limit_error", code: "rate_limit_exceeded"), retryAfter: seconds)
        case .tooLarge: self.init(413, .init(message: text, type: "invalid_request_error", code: "too_large"))
        case .unavailable:
            self.init(503, .init(message: text, type: "server_error", code: "unavailable"), retryAfter: 1)
        case .transport: self.init(502, .init(message: text, type: "server_error", code: "transport"))
        }
    }

    /// What a client makes of it: the same error that a service in its own process would have thrown.
    public func threatModelError(family: String) -> ThreatModelError {
        let content = body.error
        switch (status, content.code) {
        case (_, "unsupported"): return .unsupported(content.param ?? "such answer", family: family)
        case (_, "mismatch"): return .mismatch(content.message)
        case (401, _): return .refused(.unauthorised)
        case (413, _): return .refused(.tooLarge(content.message))
        case (429, "rate_limit_exceeded"): return .refused(.rateLimited(retryAfter: retryAfter ?? 1))
        case (429, _): return .refused(.overBudget(content.message))
        case (503, _): return .refused(.unavailable(content.message))
        case (400, _), (404, _), (422, _):
            return .refused(.invalid(parameter: content.param ?? "", content.message))
        default: return .refused(.transport("HTTP \(status): \(content.message)"))
        }
    }
}
