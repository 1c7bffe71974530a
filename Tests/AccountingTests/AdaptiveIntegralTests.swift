import Foundation
import Testing

@testable import Accounting

@Suite struct AdaptiveIntegralTests {
    @Test("Smooth, peaked and rough functions within the tolerance")
    func values() {
        #expect(abs(adaptiveIntegral(from: 0, to: 1) { $0 * $0 * $0 } - 0.25) < 1e-14)
        #expect(abs(adaptiveIntegral(from: 0, to: 1) { $0.squareRoot() } - 2.0 / 3) < 1e-9)
        let peak = adaptiveIntegral(from: -1, to: 2) { exp(-$0 * $0 / 2e-4) }
        #expect(abs(peak - (2e-4 * Double.pi).squareRoot()) < 1e-9)
        #expect(adaptiveIntegral(from: 1, to: 1) { $0 } == 0)
    }
}
