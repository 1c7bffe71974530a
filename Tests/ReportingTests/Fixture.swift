import Auditing
import Foundation
import Statistics

@testable import Reporting

/// Made-up findings with everything that a report must cope with; the numbers mean nothing.
enum Fixture {
    static let hostile = "<script>alert(\"x\")</script> & 'it' \"\u{301}onload=1\u{7}"

    static let findings = Findings(
        name: "digits & <letters>", seed: 7, spec: String(repeating: "0123456789abcdef", count: 4),
        environment: ["blas": "Haswell", "march": "x86-64-v3", "version": "0.1.0"],
        datasets: [
            DatasetFinding(
                id: "digits-small", checksum: String(repeating: "ab", count: 32), records: 1797,
                record: "an 8 × 8 image", licence: "CC BY 4.0", isFallback: true)
        ],
        victims: [vae, privateVAE, untrainedVAE, gpt], rows: membership + others, relations: relations,
        assumptions: ["The adversary knows the recipe.", "Candidates are drawn without regard to class."])

    static let relations = [
        RelationFinding(
            statement: "lira-online on vae beats loss-threshold", isGate: true, outcome: .held,
            detail: "AUC 0.912 [0.894, 0.930] > 0.681 [0.646, 0.716]"),
        RelationFinding(
            statement: "every attack on vae-untrained is at chance", isGate: true, outcome: .violated,
            detail: "loss-threshold: AUC 0.551 [0.512, 0.590] does not contain ½"),
        RelationFinding(
            statement: "DP-SGD lowers the AUC", isGate: false, outcome: .violated, detail: "0.527 against 0.521"),
        RelationFinding(
            statement: "exposure grows with repetitions", isGate: false, outcome: .unchecked,
            detail: "only one number of repetitions"),
    ]

    static let vaeUtility = Utility(
        metric: "negative ELBO", unit: "nats per image", training: 18.213, heldOut: 21.94,
        others: [Measure(name: "Fréchet distance", value: 12.31, control: 4.02, controlName: "real against real")])
    static let gptUtility = Utility(
        metric: "cross-entropy", unit: "nats per character", training: 1.021, heldOut: 1.617)
    static let promise = EpsilonStatement(
        epsilon: 3.9812, delta: 1e-5,
        assumptions: [
            "neighbouring": "add or remove one", "privacy unit": "one image", "sampler": "Poisson",
            "noise multiplier": "1.1", "sampling rate": "0.064", "steps": "900", "accountant": "PLD",
            "noise": "seeded: reproducible and so not private", "tuning": "not counted",
        ])

    static let vae = VictimFinding(
        id: "vae", family: "variational autoencoder", parameters: 112_852, trainingRecords: 500, steps: 4000,
        defence: "none", utility: vaeUtility, epsilon: nil)
    static let privateVAE = VictimFinding(
        id: "vae-private", family: "variational autoencoder", parameters: 112_852, trainingRecords: 500, steps: 900,
        defence: "DP-SGD, clip 1, σ 1.1",
        utility: Utility(metric: "negative ELBO", unit: "nats per image", training: 27.4, heldOut: 27.46),
        epsilon: promise)
    static let untrainedVAE = VictimFinding(
        id: "vae-untrained", family: "variational autoencoder", parameters: 112_852, trainingRecords: 0, steps: 0,
        defence: "none",
        utility: Utility(metric: "negative ELBO", unit: "nats per image", training: 45, heldOut: 45.01),
        epsilon: nil)
    static let gpt = VictimFinding(
        id: "gpt", family: "transformer", parameters: 801_024, trainingRecords: 4000, steps: 2500, defence: "none",
        utility: gptUtility, epsilon: nil)

    static let membership = [
        further(row("vae", "lira-online", "−ELBO", auc: (0.912, 0.018), rates: (0.381, 0.214), trainings: 64)),
        row("vae", "loss-threshold", "−ELBO", auc: (0.681, 0.035), rates: (0.048, 0.006)),
        row("vae-private", "lira-online", "−ELBO", auc: (0.521, 0.041), rates: (0.014, 0.002), trainings: 64),
        row("vae-untrained", "loss-threshold", "−ELBO", auc: (0.551, 0.039), rates: (0.012, 0), isControl: true),
    ]

    static let others = [
        Finding(
            id: "vae/surrogate", victim: "vae", family: "variational autoencoder", defence: "none", game: .extraction,
            attack: "surrogate", signal: "samples", membership: nil,
            measures: [
                Measure(
                    name: "agreement", value: 0.934, interval: Interval(lower: 0.921, upper: 0.945, confidence: 0.95),
                    control: 0.102, controlName: "untrained student"),
                Measure(name: "ELBO difference", value: 0.41, unit: "nats"),
            ], queries: 20_000, trainings: 1, utility: vaeUtility, epsilon: nil, isControl: false,
            notes: ["The student has the victim's architecture."]),
        Finding(
            id: "vae/inversion", victim: "vae", family: "variational autoencoder", defence: "none", game: .inversion,
            attack: "latent-descent", signal: "", membership: nil,
            measures: [
                Measure(
                    name: "PSNR", value: 17.32, unit: "dB",
                    interval: Interval(lower: 16.9, upper: 17.8, confidence: 0.95),
                    control: 12.11, controlName: "class mean")
            ], queries: 60_000, trainings: 0, utility: vaeUtility, epsilon: nil, isControl: false, notes: []),
        Finding(
            id: "gpt/canaries", victim: "gpt", family: "transformer", defence: "none", game: .memorisation,
            attack: "canary-exposure", signal: "log-perplexity", membership: nil,
            measures: [
                Measure(name: "exposure", value: 9.97, unit: "bits", control: 1.44, controlName: "fresh secrets")
            ],
            queries: 1000, trainings: 0, utility: gptUtility, epsilon: nil, isControl: false, notes: [hostile]),
    ]

    /// A membership row over 500 members and 500 non-members: 1 % is coarse and 0.1 % cannot be resolved.
    private static func row(
        _ victim: String, _ attack: String, _ signal: String, auc: (Double, Double), rates: (Double, Double),
        trainings: Int = 0, isControl: Bool = false
    ) -> Finding {
        let grade = MembershipGrade(
            members: 500, nonMembers: 500, auc: estimate(auc.0, auc.1),
            operatingPoints: [
                point(0.1, rates.0 + 0.1, .fine), point(0.01, rates.0, .coarse), point(0.001, rates.1, .notResolvable),
            ], balancedAccuracy: 0.7)
        return Finding(
            id: "\(victim)/\(attack)", victim: victim, family: "variational autoencoder",
            defence: victim == "vae-private" ? "DP-SGD, clip 1, σ 1.1" : "none", game: .membership, attack: attack,
            signal: signal, membership: grade, measures: [], queries: 1000, trainings: trainings, utility: vaeUtility,
            epsilon: victim == "vae-private" ? promise : nil, isControl: isControl, notes: [])
    }

    /// The row with every number that a grade can have: 0.01 % cannot be resolved either.
    private static func further(_ row: Finding) -> Finding {
        var row = row
        row.membership?.operatingPoints += [point(0.0001, 0.187, .notResolvable), point(0, 0.166, .coarse)]
        row.membership?.operatingPoints[1].predictiveValues = [(0.01, 0.325), (0.1, 0.841), (0.5, 0.979)].map {
            PredictiveValue(prior: $0, value: estimate($1, 0.02))
        }
        row.membership?.advantage = 0.687
        row.membership?.twoSidedAUC = estimate(0.912, 0.018)
        row.membership?.impliedEpsilon = ImpliedEpsilon(lowerBound: 2.346, delta: 1e-5, confidence: 0.95, target: 0.01)
        row.membership?.transfers = transfers
        row.membership?.setMembership = SetMembership(
            setSize: 100, pairs: 1000, accuracy: estimate(0.996, 0.02), topHalfAccuracy: estimate(0.834, 0.03))
        return row
    }

    private static let transfers: [ThresholdTransfer] = {
        do {
            let scores = (0..<300).map { Double(($0 * 7) % 301) }
            let roc = try ROC(scores: scores, isMember: scores.indices.map { $0 < 150 })
            return [0.1, 0.001].map { ThresholdTransfer(falsePositiveRate: $0, from: roc, to: roc, confidence: 0.95) }
        } catch { fatalError("\(error)") }
    }()

    private static func estimate(_ value: Double, _ half: Double) -> Estimate {
        Estimate(value, Interval(lower: max(0, value - half), upper: min(1, value + half), confidence: 0.95))
    }

    private static func point(_ target: Double, _ rate: Double, _ resolution: Resolution) -> OperatingPoint {
        OperatingPoint(
            target: target, falsePositiveRate: target * 0.8, threshold: resolution == .notResolvable ? nil : -17.25,
            truePositiveRate: estimate(rate, 0.02), resolution: resolution)
    }
}

extension Fixture {
    static let exhibits = [
        Exhibit(
            victim: "vae", title: "Training loss", caption: "The gap between the lines is what an attack lives on.",
            content: .curves(loss)),
        Exhibit(
            victim: "vae", title: "Samples", caption: "Drawn from the prior, beside records of the training set.",
            content: .images(pictures)),
        Exhibit(
            victim: "vae", title: "ROC", caption: "Both axes are logarithmic: the left edge is where harm is.",
            content: .curves(roc)),
        Exhibit(victim: "vae-private", title: "ROC", caption: "With DP-SGD.", content: .curves(roc)),
        Exhibit(
            victim: "gpt", title: "A sample", caption: "At temperature 1.",
            content: .text("KING RICHARD:\nWhat \(hostile) news?\n\tNone, my lord.")),
        Exhibit(victim: "gpt", title: "Exposure", caption: "Bars are 95 % intervals.", content: .curves(exposure)),
    ]

    static let roc = Curves(
        xLabel: "false-positive rate", yLabel: "true-positive rate", logX: true, logY: true, diagonal: true,
        lines: [binormal("lira-online", 1.9), binormal("loss-threshold", 0.66), binormal("distance <to> 'prior'", 0.1)])

    /// Empirical, as 500 non-members would give it: multiples of 1/500, starting at zero.
    private static func binormal(_ name: String, _ shift: Double) -> Curves.Line {
        let x = (0...500).map { Double($0) / 500 }
        return Curves.Line(name: name, x: x, y: x.map { $0 == 0 ? 0 : pow($0, exp(-shift)) })
    }

    static let loss: Curves = {
        let x = (0...80).map { Double($0) * 50 }
        let training = x.map { 18 + 25 * exp(-$0 / 600) }
        let heldOut = x.map { 20.5 + 23 * exp(-$0 / 500) + $0 / 2800 }
        return Curves(
            xLabel: "optimiser steps", yLabel: "negative ELBO (nats per image)",
            lines: [
                .init(name: "training", x: x, y: training),
                .init(
                    name: "held out", x: x, y: heldOut, lower: heldOut.map { $0 - 0.8 }, upper: heldOut.map { $0 + 0.8 }
                ),
            ])
    }()

    static let exposure = Curves(
        xLabel: "repetitions of the canary", yLabel: "exposure (bits)", logX: true,
        lines: [
            .init(
                name: "canaries", x: [1, 2, 4, 8, 16], y: [1.5, 2.9, 5.2, 8.8, 9.97], lower: [0.9, 2.1, 4.1, 7.6, 9.1],
                upper: [2.2, 3.7, 6.2, 9.7, 10]),
            .init(name: "fresh secrets", x: [1, 16], y: [1.44, 1.44]),
        ])

    static let pictures = ImageGrid(
        width: 8, height: 8, rowLabels: ["training records", "samples <prior>"],
        rows: [0, 9].map { phase in (0..<10).map { waves(frequency: $0 + 2, phase: phase) } })

    private static func waves(frequency: Int, phase: Int) -> [UInt8] {
        (0..<64).map { pixel in
            let angle = Double(pixel * frequency + phase) / 7
            return UInt8(127 + 127 * sin(angle))
        }
    }
}
