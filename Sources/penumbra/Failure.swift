import Accounting
import ArgumentParser
import Benchmarks
import Datasets
import Experiments
import Foundation
import Lab
import Statistics
import Store
import Tensors
import ThreatModel

/// Why a command did not do what it was asked: one line, and the exit code.
///
/// Commands throw it where no library has an error of its own.
struct Failure: Error, CustomStringConvertible {
    /// What the exit code says.
    enum Kind: Int32 {
        /// The surroundings are at fault: the disk, a library, a missing program.
        case environment = 1
        /// The question is at fault: arguments, files, numbers.
        case badInput = 2
        /// A run ended, and what must hold of it does not.
        case invariantViolated = 3
    }

    let kind: Kind
    let description: String

    init(_ kind: Kind, _ description: String) { (self.kind, self.description) = (kind, description) }

    /// Ends the program with one line on standard error; a request for help or the version ends it well.
    static func end(with error: any Error, of root: any ParsableCommand.Type) -> Never {
        if let code = error as? ExitCode { exit(code.rawValue) }
        if root.exitCode(for: error).isSuccess {
            print(root.fullMessage(for: error))
            exit(0)
        }
        let failure = Failure(explaining: error, of: root)
        do {
            try Output.log(failure.description)
        } catch {
            // Standard error is closed too: the exit code is all that is left to say it with.
            exit(failure.kind.rawValue)
        }
        exit(failure.kind.rawValue)
    }

    private init(explaining error: any Error, of root: any ParsableCommand.Type) {
        let isUsage = root.exitCode(for: error) == .validationFailure
        let text = isUsage ? root.message(for: error) + " (see --help)" : Failure.text(of: error)
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        self.init(isUsage ? .badInput : Failure.kind(of: error), line)
    }

    private static func text(of error: any Error) -> String {
        error is CocoaError ? error.localizedDescription : "\(error)"
    }

    private static func kind(of error: any Error) -> Kind {
        switch error {
        case let failure as Failure: failure.kind
        case is AccountingError, is AttackSettingsError, is ForeignFileError, is KeyRingError, is MechanismExportError,
            is SpecError,
            is ModelAuditError,
            is StatisticsError,
            is ThreatModelError,
            is Safetensors.Invalid, is UsageLedgerError,
            is DecodingError:
            .badInput
        case let error as BenchmarkError: kind(of: error)
        case let error as DatasetError: kind(of: error)
        case let error as StoreError: kind(of: error)
        default: .environment
        }
    }

    private static func kind(of error: BenchmarkError) -> Kind {
        switch error {
        case .noPeers: .badInput
        case .noReport, .failed, .timedOut: .environment
        }
    }

    private static func kind(of error: DatasetError) -> Kind {
        switch error {
        case .checksumMismatch, .noRepository: .environment
        case .missing, .unreadable, .malformed, .unknown, .invalid: .badInput
        }
    }

    private static func kind(of error: StoreError) -> Kind {
        switch error {
        case .writeFailed: .environment
        case .readFailed, .invalidStage, .invalidKey, .unencodable, .unstorable, .noSuchFile: .badInput
        }
    }
}
