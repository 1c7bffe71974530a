/// What bodies are called in `Content-Type` and `Accept`.
public enum MediaType {
    /// JSON.
    public static let json = "application/json"
    /// Arrays as safetensors, whose name is not registered.
    public static let safetensors = "application/vnd.safetensors"
    /// The events of a stream.
    public static let events = "text/event-stream"
}
