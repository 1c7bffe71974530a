import Foundation

/// File operations that survive a power cut: what has returned is on the disk.
enum Durable {
    /// Writes a new file and waits until it is on the disk.
    static func write(_ data: Data, to file: URL) throws {
        let descriptor = unsafe open(file.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(file, errno) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: data)
        } catch {
            throw StoreError.writeFailed(path: file.path, reason: Failure.reason(of: error))
        }
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(file, errno) }
    }

    /// Waits until a file's or directory's content is on the disk.
    static func synchronise(_ item: URL) throws {
        let descriptor = unsafe open(item.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(item, errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(item, errno) }
    }

    /// Renames in one step, over an existing file or empty directory; false when a non-empty directory is there.
    static func rename(_ item: URL, to place: URL) throws -> Bool {
        if unsafe Foundation.rename(item.path, place.path) == 0 { return true }
        let code = errno
        guard code == EEXIST || code == ENOTEMPTY else { throw failure(place, code) }
        return false
    }

    /// Makes a directory and its parents.
    static func makeDirectory(_ directory: URL) throws {
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw StoreError.writeFailed(path: directory.path, reason: Failure.reason(of: error))
        }
    }

    /// Removes a file or a directory with all it holds, if it exists.
    static func remove(_ item: URL) throws {
        guard FileManager.default.fileExists(atPath: item.path) else { return }
        do {
            try FileManager.default.removeItem(at: item)
        } catch {
            // Somebody else may have removed it in the meantime, which is as good.
            guard FileManager.default.fileExists(atPath: item.path) else { return }
            throw StoreError.writeFailed(path: item.path, reason: Failure.reason(of: error))
        }
    }

    private static func failure(_ item: URL, _ code: Int32) -> StoreError {
        .writeFailed(path: item.path, reason: Failure.systemReason(code))
    }
}
