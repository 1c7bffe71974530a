import Foundation
import ThreatModel
import Wire

/// What comes before a question is asked: who asks, of which model, and whether it is not too much.
extension Front {
    /// Who asks.
    func account(of head: RequestHead) throws(WireError) -> String {
        do throws(ThreatModelError) {
            return try holder(of: head).entry.name
        } catch {
            throw WireError(error)
        }
    }

    private func holder(of head: RequestHead) throws(ThreatModelError) -> Account {
        try accounts.account(of: head.key.map { APIKey($0) })
    }

    /// The model of a name; without a name the only one there is.
    func model(_ name: String?) throws(WireError) -> ServedModel {
        guard let name else {
            guard models.count == 1, let only = models.first else {
                throw .invalid("model", "expected one of \(models.map(\.id).joined(separator: ", ")), found none")
            }
            return only
        }
        let plain = name.removingPercentEncoding ?? name
        guard let model = models.first(where: { $0.id == plain }) else {
            throw WireError(
                404,
                .init(
                    message:
                        "expected one of \(models.map(\.id).joined(separator: ", ")), found '\(plain.prefix(100))'",
                    type: "invalid_request_error", param: "model", code: "model_not_found"))
        }
        return model
    }

    /// A model that can be asked for something.
    func model(
        _ name: String?, for operation: ThreatModel.Operation, _ account: String
    ) throws(WireError) -> (ServedModel, ServiceCard) {
        let model = try model(name)
        let card = try card(of: model, for: account)
        guard card.operations.contains(operation) else {
            let others = card.operations.map { "/v1/\($0.rawValue)" }.joined(separator: ", ")
            throw WireError(
                404,
                .init(
                    message:
                        "'\(model.id)' is a \(card.family), which answers \(others); found /v1/\(operation.rawValue)",
                    type: "invalid_request_error", param: "model", code: "unsupported"))
        }
        return (model, card)
    }

    private func card(of model: ServedModel, for account: String) throws(WireError) -> ServiceCard {
        do throws(ThreatModelError) {
            return try model.card(for: account)
        } catch {
            throw WireError(error)
        }
    }

    /// What is said of a model.
    func entry(of model: ServedModel, for account: String) throws(WireError) -> ModelList.Entry {
        ModelList.Entry(
            try card(of: model, for: account), created: started, hasTokeniser: model.tokeniser != nil)
    }

    /// What is said of all.
    func entries(for account: String) throws(WireError) -> [ModelList.Entry] {
        var entries: [ModelList.Entry] = []
        for model in models { entries.append(try entry(of: model, for: account)) }
        return entries
    }

    /// The body of a request.
    func read(_ head: RequestHead, _ body: BodyReader) async throws(WireError) -> Data {
        guard BodyFormat(head.contentType) != nil else {
            throw WireError(
                415,
                .init(
                    message: "expected the Content-Type \(BodyFormat.names.joined(separator: " or ")), found "
                        + (head.contentType.map { "'\($0.prefix(100))'" } ?? "none"),
                    type: "invalid_request_error"))
        }
        if let length = head.contentLength, length > limits.bodyBytes { throw .tooLarge(limits.bodyBytes) }
        return try await body(limits.bodyBytes)
    }

    /// Charges a question, asks it, and notes what it cost.
    ///
    /// - Returns: the answer, and what the logs say of it.
    func ask(
        _ query: Query, of model: ServedModel, _ head: RequestHead, _ account: String
    ) async throws(WireError) -> (Answer, AccessRecord) {
        do throws(ThreatModelError) {
            let holder = try holder(of: head)
            let answer = try await holder.pay(for: query, at: Account.uptime()) { () async throws(ThreatModelError) in
                try await batcher.answer(query, of: model, for: account)
            }
            let used = query.cost(of: answer)
            var record = AccessRecord(account: account, model: model.id, operation: query.operation.rawValue)
            (record.queries, record.tokens) = (used.queries, used.tokens)
            return (answer, record)
        } catch {
            throw WireError(error)
        }
    }

    /// Charges a completion and begins it; at its end the account is charged for what was computed.
    ///
    /// Nothing is charged of a stream that tells nothing at all, such as one that is refused.
    ///
    /// - Returns: the stream's channel, what is to be read from it, and what it began with.
    func begin(
        _ query: CompletionQuery, of model: ServedModel, _ head: RequestHead, _ account: String
    ) async throws(WireError) -> (PartChannel, PartChannel.Parts, begun: [CompletionPart]) {
        let payment = try payment(for: query, head)
        let (channel, parts) = PartChannel.open(payment) { ending in
            let used = payment.close()
            var record = AccessRecord(
                account: account, model: model.id, operation: Query.complete(query).operation.rawValue)
            (record.queries, record.tokens) = (used.queries, used.tokens)
            record.error = ending.error?.description ?? (ending.isAbandoned ? "the client left" : nil)
            return record
        }
        batcher.submit(Batcher.Job(model: model, account: account, query: .complete(query), receiver: .parts(channel)))
        do {
            var reader = parts.makeAsyncIterator()
            if let begun = try await reader.next() { return (channel, parts, begun) }
        } catch {
            throw WireError(anyhow: error)
        }
        throw WireError(503, .init(message: "the request was given up", type: "server_error", code: "unavailable"))
    }

    private func payment(for query: CompletionQuery, _ head: RequestHead) throws(WireError) -> StreamedPayment {
        do throws(ThreatModelError) {
            return try StreamedPayment(for: query, by: try holder(of: head), at: Account.uptime())
        } catch {
            throw WireError(error)
        }
    }

    /// Refuses who may ask nothing at present, before a long body is decoded: no request costs less than this.
    ///
    /// A short one is decoded first, as that takes no time and the refusal can say then how long to wait for its own cost.
    func checkAllowance(of head: RequestHead, for body: Data, _ least: QueryCost) throws(WireError) {
        guard body.count > LongWork.threshold else { return }
        do throws(ThreatModelError) {
            try holder(of: head).check(least, at: Account.uptime())
        } catch {
            throw WireError(error)
        }
    }
}

extension WireError {
    /// The error of a body that is too long.
    static func tooLarge(_ limit: Int) -> WireError {
        WireError(
            413,
            .init(
                message: "expected a body of at most \(limit) bytes, found a longer one; ask in parts",
                type: "invalid_request_error", code: "too_large"))
    }

    /// The error of a request that asks for too much at once.
    static func tooMuch(_ parameter: String, _ message: String) -> WireError {
        WireError(
            422, .init(message: message, type: "invalid_request_error", param: parameter, code: "too_long"))
    }
}
