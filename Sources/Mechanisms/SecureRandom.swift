import CSodium
import Tensors

/// Random numbers that nobody can reproduce: libsodium's ChaCha20 stream under a key from the operating system.
///
/// Every call takes a fresh key, so there is no state to keep, to save or to leak.
public enum SecureRandom {
    private static let initialised: Int32 = sodium_init()

    /// A key of its own, forgotten when the stream is.
    private struct Stream: ~Copyable {
        private var key = [UInt8](repeating: 0, count: Int(crypto_stream_chacha20_KEYBYTES))

        init() {
            precondition(SecureRandom.initialised >= 0, "libsodium could not be initialised")
            unsafe key.withUnsafeMutableBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                unsafe randombytes_buf(start, bytes.count)
            }
        }

        deinit {
            var key = key
            unsafe key.withUnsafeMutableBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                unsafe sodium_memzero(start, bytes.count)
            }
        }

        /// Overwrites a buffer with the stream of a nonce.
        func fill(_ nonce: Int, _ bytes: UnsafeMutableRawBufferPointer) {
            guard let start = unsafe bytes.bindMemory(to: UInt8.self).baseAddress else { return }
            let nonce = unsafe withUnsafeBytes(of: UInt64(nonce).littleEndian) { unsafe [UInt8]($0) }
            let status = unsafe crypto_stream_chacha20(start, UInt64(bytes.count), nonce, key)
            precondition(status == 0, "libsodium's stream failed")
        }
    }

    /// Returns `count` independent coin flips that are true with the given probability.
    ///
    /// 32 bits a flip resolve a sampling rate to 2⁻³², as ``Tensors/RandomStream/coinFlips(_:probability:)`` does.
    public static func coinFlips(_ count: Int, probability: Double) -> [Bool] {
        precondition(probability >= 0 && probability <= 1, "coinFlips: probability \(probability)")
        let threshold = UInt64((probability * 0x1p32).rounded())
        var words = [UInt32](repeating: 0, count: count)
        let stream = Stream()
        unsafe words.withUnsafeMutableBytes { unsafe stream.fill(0, $0) }
        return words.map { UInt64($0) < threshold }
    }

    /// Adds N(0, deviation²) to every element; see ``NoiseSource/secure``.
    static func addNormals(to tensor: inout Tensor, deviation: Float) {
        let stream = Stream()
        unsafe tensor.addSummedNormals(deviation: deviation) { unsafe stream.fill($0, $1) }
    }
}
