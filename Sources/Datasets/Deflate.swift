import CZlib

/// Compression by zlib: the only place that calls it.
enum Deflate {
    /// What surrounds the compressed bytes; the raw values are zlib's window bits.
    enum Wrapping: Int32 {
        case raw = -15
        case zlib = 15
        case gzip = 31
    }

    private static let chunk = 1 << 18

    /// Returns whether bytes start as a gzip file does.
    static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1f, 0x8b]) }

    /// Returns the bytes of a gzip file, which may have several members, or as many of the first as are wanted.
    static func gunzip(_ bytes: [UInt8], path: String, first: Int? = nil) throws -> [UInt8] {
        try inflate(bytes, wrapping: .gzip, path: path, first: first)
    }

    /// Returns the decompressed bytes.
    ///
    /// - Parameters:
    ///   - bytes: the compressed bytes, and nothing after them.
    ///   - wrapping: what surrounds them.
    ///   - limit: the largest size that is allowed, so that a small hostile file can't fill the memory.
    ///   - path: where the bytes come from, for the error.
    ///   - first: how many bytes are enough; what comes after them is then neither read nor checked.
    /// - Returns: the bytes.
    /// - Throws: `DatasetError.malformed` when they are damaged, cut off, followed by others, or above the limit.
    static func inflate(_ bytes: [UInt8], wrapping: Wrapping, limit: Int = 1 << 32, path: String, first: Int? = nil)
        throws
        -> [UInt8]
    {
        func malformed(_ found: String) -> DatasetError {
            .malformed(path: path, expected: "intact compressed data", found: found)
        }
        guard let available = UInt32(exactly: bytes.count) else { throw malformed("more than 4 GiB") }
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        guard unsafe inflateInit2_(&stream, wrapping.rawValue, ZLIB_VERSION, size) == Z_OK else {
            throw malformed("a failure of zlib")
        }
        defer { unsafe inflateEnd(&stream) }
        return try unsafe bytes.withUnsafeBufferPointer { source in
            unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            unsafe stream.avail_in = available
            var (result, buffer): ([UInt8], [UInt8]) = ([], Array(repeating: 0, count: chunk))
            if let first { result.reserveCapacity(min(first, limit) + chunk) }
            while true {
                if let first, result.count >= first { return Array(result.prefix(first)) }
                let (status, count) = unsafe step(&stream, &buffer) { unsafe CZlib.inflate(&$0, Z_NO_FLUSH) }
                result.append(contentsOf: buffer[..<count])
                guard result.count <= limit else { throw malformed("more than the promised \(limit) bytes") }
                if status == Z_STREAM_END {
                    guard unsafe stream.avail_in > 0 else { return result }
                    guard wrapping == .gzip, unsafe inflateReset(&stream) == Z_OK else {
                        throw unsafe malformed("\(stream.avail_in) bytes after its end")
                    }
                } else if status == Z_BUF_ERROR {
                    throw malformed("an end in the middle, after \(result.count) bytes")
                } else if status != Z_OK {
                    throw malformed("damaged data after \(result.count) bytes")
                }
            }
        }
    }

    /// Returns the compressed bytes, by default at zlib's best level.
    static func deflate(
        _ bytes: [UInt8], wrapping: Wrapping, level: Int = Int(Z_BEST_COMPRESSION)
    ) -> [UInt8] {
        precondition(bytes.count <= Int(UInt32.max), "at most 4 GiB can be compressed at once")
        precondition((0...9).contains(level), "zlib has no level \(level)")
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        let started = unsafe deflateInit2_(
            &stream, Int32(level), Z_DEFLATED, wrapping.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        precondition(started == Z_OK, "zlib could not be initialised")
        defer { unsafe deflateEnd(&stream) }
        return unsafe bytes.withUnsafeBufferPointer { source in
            unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            unsafe stream.avail_in = UInt32(source.count)
            var (result, buffer): ([UInt8], [UInt8]) = ([], Array(repeating: 0, count: chunk))
            var status = Z_OK
            while status == Z_OK {
                let count: Int
                (status, count) = unsafe step(&stream, &buffer) { unsafe CZlib.deflate(&$0, Z_FINISH) }
                result.append(contentsOf: buffer[..<count])
            }
            precondition(status == Z_STREAM_END, "zlib could not compress")
            return result
        }
    }

    /// Returns the CRC-32 of bytes, as zip and PNG use it.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        precondition(bytes.count <= Int(UInt32.max), "at most 4 GiB have a CRC-32 here")
        return unsafe bytes.withUnsafeBufferPointer { source in
            UInt32(truncatingIfNeeded: unsafe CZlib.crc32(0, source.baseAddress, UInt32(source.count)))
        }
    }

    /// Runs zlib once into `buffer`, and returns its status and how many bytes it wrote.
    private static func step(
        _ stream: inout z_stream, _ buffer: inout [UInt8], _ run: (inout z_stream) -> Int32
    ) -> (status: Int32, count: Int) {
        unsafe buffer.withUnsafeMutableBufferPointer { target in
            unsafe stream.next_out = target.baseAddress
            unsafe stream.avail_out = UInt32(target.count)
            let status = unsafe run(&stream)
            return unsafe (status, target.count - Int(stream.avail_out))
        }
    }
}
