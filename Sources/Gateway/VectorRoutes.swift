import Foundation
import Tensors
import ThreatModel
import Wire

/// `POST /v1/classify`, `/v1/encode`, `/v1/decode`, `/v1/sample`, `/v1/discriminate` and `/v1/logits`.
extension Front {
    /// Answers with a row per record, as JSON or as safetensors.
    func vectors(
        _ operation: ThreatModel.Operation, _ head: RequestHead, _ account: String, _ data: Data
    ) async throws(WireError) -> Reply {
        let (model, query) = try await longWork(on: data.count) { () throws(WireError) in
            try self.question(operation, head, account, data)
        }
        let (answer, record) = try await ask(query, of: model, head, account)
        var reply: Reply
        if let name = BodyFormat.safetensorsName(in: head.accept) {
            reply = try Reply(safetensors: answer, model: model.id, name)
        } else {
            reply = try Reply(json: VectorResponse(answer, model: model.id, usage: query.cost))
        }
        reply.record = record
        return reply
    }

    private func question(
        _ operation: ThreatModel.Operation, _ head: RequestHead, _ account: String, _ data: Data
    ) throws(WireError) -> (ServedModel, Query) {
        switch operation {
        case .sample: return try samples(head, account, data)
        case .logits: return try logits(head, account, data)
        default:
            let body = try VectorBody(data, BodyFormat(head.contentType) ?? .json)
            let (model, card) = try model(body.model, for: operation, account)
            return (model, try query(operation, body, card))
        }
    }

    private func query(
        _ operation: ThreatModel.Operation, _ body: VectorBody, _ card: ServiceCard
    ) throws(WireError) -> Query {
        let rows = body.inputs
        guard rows.rows <= limits.rows else {
            throw .tooMuch("inputs", "expected at most \(limits.rows) rows, found \(rows.rows); ask in parts")
        }
        let width = operation == .decode ? card.latents : card.width
        guard rows.columns == width ?? rows.columns else {
            throw .invalid("inputs", "expected rows of \(width ?? 0) numbers, found \(rows.columns)")
        }
        guard operation == .encode else {
            guard body.labels == nil else { throw .invalid("labels", "expected none here; remove it") }
            return operation == .classify
                ? .classify(rows) : operation == .decode ? .decode(rows) : .discriminate(rows)
        }
        do throws(ThreatModelError) {
            try card.check(labels: body.labels, of: rows.rows)
        } catch {
            throw WireError(error)
        }
        return .encode(rows, labels: body.labels)
    }

    private func samples(
        _ head: RequestHead, _ account: String, _ data: Data
    ) throws(WireError) -> (ServedModel, Query) {
        try demandJSON(head)
        let body = try StrictBody<SampleRequest>.decode(
            data, known: ["model", "count", "label", "seed", "draw_stream"])
        let (model, card) = try model(body.model, for: .sample, account)
        guard body.count >= 1 else { throw .invalid("count", "expected 1 or more, found \(body.count)") }
        guard body.count <= limits.rows else {
            throw .tooMuch("count", "expected at most \(limits.rows), found \(body.count); ask in parts")
        }
        if let label = body.label, !(0..<(card.classes ?? 0)).contains(Int(label)) {
            throw .invalid(
                "label",
                card.classes.map { "expected a class from 0 to \($0 - 1), found \(label)" }
                    ?? "expected none, since the model draws no classes; remove it")
        }
        return (model, .sample(count: body.count, label: body.label, stream: try body.stream()))
    }

    private func logits(
        _ head: RequestHead, _ account: String, _ data: Data
    ) throws(WireError) -> (ServedModel, Query) {
        try demandJSON(head)
        let body = try StrictBody<LogitsRequest>.decode(data, known: ["model", "contexts"])
        let (model, _) = try model(body.model, for: .logits, account)
        guard body.contexts.count <= limits.rows, body.contexts.reduce(0, { $0 + $1.count }) <= limits.tokens else {
            throw .tooMuch(
                "contexts",
                "expected at most \(limits.rows) contexts and \(limits.tokens) tokens, found \(body.contexts.count) "
                    + "contexts; ask in parts")
        }
        return (model, .logits(body.contexts))
    }

    private func demandJSON(_ head: RequestHead) throws(WireError) {
        guard BodyFormat(head.contentType) == .json else {
            throw WireError(
                415,
                .init(
                    message: "expected application/json, since there are no arrays to send, found safetensors",
                    type: "invalid_request_error"))
        }
    }
}

/// Rows of numbers, however they were sent.
private struct VectorBody {
    var model: String?
    var inputs: Tensor
    var labels: [Int32]?

    init(_ data: Data, _ format: BodyFormat) throws(WireError) {
        switch format {
        case .safetensors: (model, inputs, labels) = try VectorRequest.decode(data)
        case .json:
            let lifted = VectorRequest.liftInputs(outOf: data)
            let body = try StrictBody<VectorRequest>.decode(lifted?.rest ?? data, known: ["model", "inputs", "labels"])
            (model, labels) = (body.model, body.labels)
            if let lifted { inputs = lifted.inputs } else { inputs = try body.tensor() }
        }
    }
}

extension Reply {
    /// Arrays as bytes.
    fileprivate init(safetensors answer: Answer, model: String, _ name: String) throws(WireError) {
        do {
            self.init(200, name, try answer.safetensors(model: model).encoded())
        } catch {
            throw WireError(500, .init(message: "the answer cannot be written: \(error)", type: "server_error"))
        }
    }
}

extension SampleRequest {
    /// The draws.
    fileprivate func stream() throws(WireError) -> RandomStream {
        guard let drawStream else {
            return RandomStream(seed: seed.map { UInt64(bitPattern: $0) } ?? .random(in: 0 ... .max))["sample"]
        }
        guard let name = UInt64(drawStream, radix: 16) else {
            throw .invalid("draw_stream", "expected a hexadecimal number of 64 bits, found '\(drawStream.prefix(40))'")
        }
        return RandomStream(named: name)
    }
}
