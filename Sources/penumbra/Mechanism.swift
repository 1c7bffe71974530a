public import Accounting
public import ArgumentParser

/// What is to be accounted for, as options; everything but sigma and steps, which some questions ask for.
struct Mechanism: ParsableArguments {
    @Option(parsing: .unconditional, help: "Sampling rate: batch size / training records, in [0, 1].")
    var rate: Double
    @Option(parsing: .unconditional, help: "Delta, below 1 / training records.")
    var delta: Double
    @Option(parsing: .unconditional, help: "Training records; warns when delta is not below one over it.")
    var records: Int?
    @Option(help: "Which data sets are neighbours.") var relation = NeighbouringRelation.addOrRemove

    /// What a training must stay within.
    ///
    /// - Throws: `Failure` for an accountant without a guarantee, `AccountingError` for impossible numbers.
    func target(
        _ epsilon: Double, _ accountant: AccountantName, _ conversion: RenyiAccountant.Conversion
    ) throws -> PrivacyTarget {
        try PrivacyTarget(
            epsilon: epsilon, delta: delta, accountant: accountant.guarantee(), relation: relation,
            conversion: conversion)
    }

    /// Warns of a delta that would permit to publish a record.
    ///
    /// - Throws: `Failure` when there are no records.
    func checkDelta() throws {
        guard let records else { return }
        guard records > 0 else {
            throw Failure(.badInput, "expected at least one record, found --records \(records); count the training set")
        }
        if delta >= 1 / Double(records) {
            try Output.log(
                "warning: delta \(delta) is not below 1/\(records) = \(1 / Double(records)), so publishing a random record "
                    + "outright would satisfy it; choose a smaller delta")
        }
    }
}

/// The accountants of the command line.
enum AccountantName: String, ExpressibleByArgument, CaseIterable, Encodable {
    case rdp
    case pld
    case gdp

    /// What help says of them.
    static let help: ArgumentHelp =
        "rdp: an upper bound; pld: a tighter one with a lower bound beside it; gdp: an approximation, exact at rate 1."

    /// The accountant as one whose epsilon is a guarantee.
    ///
    /// - Throws: `Failure` for gdp, which guarantees nothing under sampling.
    func guarantee() throws -> PrivacyAccountant {
        switch self {
        case .rdp: return .rdp
        case .pld: return .pld
        case .gdp:
            throw Failure(
                .badInput,
                "expected an accountant that guarantees an epsilon, found gdp, an approximation; use rdp or pld")
        }
    }
}

extension RenyiAccountant.Conversion: ExpressibleByArgument {}
extension NeighbouringRelation: ExpressibleByArgument {}
