/// How much one request, and all of them together, may ask for.
struct Limits: Sendable {
    /// The most bytes of a body.
    var bodyBytes = 16 << 20
    /// The most bytes of all bodies together, from their first byte to the answer.
    var bodyMemory = 256 << 20
    /// The most records, samples or continuations of a request.
    var rows = 1024
    /// The most tokens of a request: those of each prompt and its continuation, times prompts, times choices.
    var tokens = 262_144
    /// The most texts that are continued side by side, each a token at a time.
    var texts = 256
    /// The most requests that wait for the models or are being answered by them; one more is told to come back.
    var queue = 256
    /// The seconds in which a client must have sent a request, and after which a silent connection is closed.
    var seconds = 30.0
    /// The most connections at a time; others wait to be accepted.
    var connections = 4096
    /// The seconds that requests in flight have to finish when the program is told to stop.
    var drainSeconds = 30
}
