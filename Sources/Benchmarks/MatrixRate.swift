import Dispatch
import Tensors

/// The machine's own speed: how fast it multiplies matrices that fit its caches.
enum MatrixRate {
    private static let extent = 512
    private static let rounds = 50

    /// Returns GFLOP/s of a product of 512×512 matrices on each of so many threads at the same time, the best of fifty:
    /// the first ones may share a core.
    static func gigaflops(threads: Int) -> Double {
        let a = Tensor(repeating: 1, shape: [extent, extent])
        var best = Double.infinity
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            DispatchQueue.concurrentPerform(iterations: threads) { _ in
                let product = matmul(a, a)
                precondition(product[0] == Float(extent), "a product of ones is \(product[0])")
            }
            best = min(best, start.duration(to: .now) / .seconds(1))
        }
        let operations = 2 * Double(extent * extent * extent)
        return Double(threads) * operations / best / 1e9
    }
}
