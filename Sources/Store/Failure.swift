import Foundation

/// Turns the errors of the operating system and of Foundation into a short reason, and tells write errors from others.
enum Failure {
    /// Returns the text of the calling thread's last system error.
    static func systemReason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// Returns a short reason without a path: the system's own text where there is one.
    static func reason(of error: any Error) -> String {
        if let code = systemCode(of: error) { return systemReason(code) }
        let text = error is CocoaError ? error.localizedDescription : "\(error)"
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// Returns `error` as a `StoreError.writeFailed` when it says that a file could not be written, else itself.
    static func asWriteError(_ error: any Error, under directory: URL) -> any Error {
        let posix = error as? POSIXError
        let isWrite =
            if let cocoa = error as? CocoaError { (512...642).contains(cocoa.code.rawValue) } else { posix != nil }
        return isWrite ? StoreError.writeFailed(path: directory.path, reason: reason(of: error)) : error
    }

    private static func systemCode(of error: any Error) -> Int32? {
        if let posix = error as? POSIXError { return posix.code.rawValue }
        let general = error as NSError
        if general.domain == NSPOSIXErrorDomain { return Int32(general.code) }
        guard let cocoa = error as? CocoaError else { return nil }
        if let code = cocoa.underlying.flatMap(systemCode) { return code }
        switch cocoa.code {
        case .fileWriteOutOfSpace: return ENOSPC
        case .fileWriteNoPermission, .fileReadNoPermission: return EACCES
        case .fileNoSuchFile, .fileReadNoSuchFile: return ENOENT
        case .fileWriteVolumeReadOnly: return EROFS
        default: return nil
        }
    }
}
