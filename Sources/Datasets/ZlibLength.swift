/// How many bytes zlib makes of bytes: a rough measure of how much there is to learn in them.
///
/// - Parameters:
///   - bytes: what is compressed, at most 4 GiB; of a text its UTF-8.
///   - level: zlib's level of effort, 0 to 9; 6 is what zlib takes by itself.
/// - Returns: the length of the zlib stream, its six bytes of header and checksum included, so at least 8.
/// - Complexity: O(n)
public func zlibLength(of bytes: some Sequence<UInt8>, level: Int = 6) -> Int {
    Deflate.deflate(Array(bytes), wrapping: .zlib, level: level).count
}
