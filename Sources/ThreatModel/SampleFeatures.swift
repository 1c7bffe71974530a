public import Tensors

extension SamplesOnly {
    /// Returns features of images that are drawn in blocks, so that no more than one block of images is held at once.
    ///
    /// The first block is drawn with `random` itself, block i after it with `random[i]`; a label is the class of all.
    /// - Shapes: `describe` maps images [n, pixels] to features [n, width]; the result is [count, width].
    /// - Throws: ``ThreatModelError`` as `samples` does, and what `describe` throws.
    public func features(
        _ count: Int, of label: Int32? = nil, _ random: RandomStream,
        _ describe: (Tensor) throws(ThreatModelError) -> Tensor
    ) throws(ThreatModelError) -> Tensor {
        let block = 8192
        var parts: [Tensor] = []
        for start in stride(from: 0, to: count, by: block) {
            let stream = start == 0 ? random : random[start / block]
            parts.append(try describe(try samples(min(block, count - start), of: label, stream)))
        }
        return Tensor.concatenatedRows(parts)
    }
}
