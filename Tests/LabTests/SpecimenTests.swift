import Lab
import Testing

@Suite("Broken specimens")
struct SpecimenTests {
    /// Who must catch whom.
    static let expected: [(Specimen, Set<Detector>)] = [
        (.noNoise, [.noiseDistribution, .gradientCanary]), (.meanClipping, [.sensitivityProbe, .noiseDistribution]),
        (.rateTimesTen, [.sampler]), (.oneNoiseVector, [.noiseDistribution, .gradientCanary]),
        (.microbatchNorm, [.sensitivityProbe]), (.twoThirdsOfTheNoise, [.noiseDistribution]),
        (.threeHalvesOfTheNoise, [.noiseDistribution]),
    ]

    @Test("Each is caught by the detectors that are made for it, at 99.9 %", arguments: expected)
    func caught(specimen: Specimen, detectors: Set<Detector>) throws {
        let lab = TinyLab(noiseMultiplier: 2)
        let caught = Set(try lab.verdicts(specimen).filter(\.isCaught).map(\.detector))
        #expect(caught.isSuperset(of: detectors))
    }

    @Test("The correct twin passes all four", arguments: [1, 2, 3] as [UInt64])
    func correct(seed: UInt64) throws {
        let verdicts = try TinyLab(noiseMultiplier: 2).verdicts(.correct, seed: seed)
        #expect(verdicts.map(\.detector) == Detector.allCases)
        for verdict in verdicts { #expect(!verdict.isCaught, "\(verdict)") }
    }

    @Test("A specimen is broken in one thing: what it has right is not held against it")
    func nothingElse() throws {
        let lab = TinyLab()
        for (specimen, innocent) in [
            (Specimen.noNoise, [Detector.sensitivityProbe, .sampler]),
            (.rateTimesTen, [.sensitivityProbe, .noiseDistribution]),
            (.oneNoiseVector, [.sensitivityProbe, .sampler]), (.microbatchNorm, [.sampler]),
            (.meanClipping, [.sampler]),
        ] {
            for verdict in try lab.verdicts(specimen) where innocent.contains(verdict.detector) {
                #expect(!verdict.isCaught, "\(specimen): \(verdict.words)")
            }
        }
    }
}
