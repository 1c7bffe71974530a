import ThreatModel

/// Completions that are computed side by side by one thread, each by a token of each of its texts in its turn.
///
/// Between two tokens of a text every other completion that is under way computes one token of each of its texts, or
/// reads its prompts; no more texts than stated are under way at a time, or a single completion of more. What does not
/// fit waits until another completion ends, in the order in which it came.
struct CompletionTurns {
    private var open: [Turn] = []
    private let most: Int

    /// Begins with none.
    ///
    /// - Parameter most: the most texts at a time.
    init(most: Int) { self.most = most }

    /// The completions that are under way.
    var count: Int { open.count }

    /// Takes completions as long as they fit, and leaves all other jobs.
    mutating func take(from jobs: inout [Batcher.Job]) {
        var (taken, isFull) = (open.reduce(0) { $0 + $1.texts }, false)
        jobs.removeAll { job in
            guard !isFull, let turn = Turn(job) else { return false }
            isFull = !open.isEmpty && taken + turn.texts > most
            guard !isFull else { return false }
            taken += turn.texts
            open.append(turn)
            return true
        }
    }

    /// Computes a token of each text of each completion.
    mutating func advance() {
        for index in open.indices { open[index].advance() }
        open.removeAll(where: \.isOver)
    }

    /// Tells all who wait that nothing more comes.
    mutating func close() {
        for turn in open { turn.fail(.refused(.unavailable("the service has stopped; ask again later"))) }
        open = []
    }

    /// A completion that is under way.
    private struct Turn {
        let job: Batcher.Job
        let query: CompletionQuery
        private(set) var isOver = false
        private var stream: (any CompletionStream)?
        private var told = GrowingCompletions()

        init?(_ job: Batcher.Job) {
            guard case .complete(let query) = job.query else { return nil }
            (self.job, self.query) = (job, query)
        }

        /// The most texts that a service computes side by side.
        var texts: Int { min(job.query.cost.queries, 128) }

        private var generated: Int { stream?.generated ?? 0 }

        mutating func advance() {
            if case .parts(let channel) = job.receiver, channel.isAbandoned {
                isOver = true
                return channel.end(generated: generated)
            }
            do throws(ThreatModelError) {
                if stream == nil { stream = try job.model.service(for: job.account).stream(query) }
                guard let parts = try stream?.next() else { return end() }
                try tell(parts)
            } catch {
                isOver = true
                fail(error)
            }
        }

        private mutating func tell(_ parts: [CompletionPart]) throws(ThreatModelError) {
            switch job.receiver {
            case .whole: told.append(parts)
            case .parts(let channel): try channel.send(parts, generated: generated)
            }
        }

        private mutating func end() {
            isOver = true
            switch job.receiver {
            case .whole(let finish): finish(.success(.completions(told.completions)))
            case .parts(let channel): channel.end(generated: generated)
            }
        }

        func fail(_ error: ThreatModelError) {
            switch job.receiver {
            case .whole(let finish): finish(.failure(error))
            case .parts(let channel): channel.end(error, generated: generated)
            }
        }
    }
}
