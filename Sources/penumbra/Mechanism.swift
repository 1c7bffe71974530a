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
    case gdp
    case pld

    /// Refuses what is not built.
    func check() throws {
        if self == .pld {
            throw Failure(
                .badInput, "expected an accountant that is built, rdp or gdp, found pld, which is not yet; use rdp")
        }
    }
}

extension RenyiAccountant.Conversion: ExpressibleByArgument {}
