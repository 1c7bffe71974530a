import CMalloc
import Foundation

/// What the kernel knows of this process, where it tells.
enum ProcessFigures {
    /// Peak and present resident memory in MB; `nil` without /proc.
    static var memory: (peak: Double, present: Double)? {
        guard let text = read("/proc/self/status") else { return nil }
        func megabytes(_ key: String) -> Double? {
            let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
            return line.flatMap { $0.split(separator: " ").compactMap { Double($0) }.first }.map { $0 / 1024 }
        }
        guard let peak = megabytes("VmHWM:"), let present = megabytes("VmRSS:") else { return nil }
        return (peak, present)
    }

    /// Gives back what the allocator keeps of memory that was freed; otherwise work that reuses it seems to need none.
    static func returnFreedMemory() {
        return_freed_memory()
    }

    /// Forgets the peak, so that the next one is that of what follows; returns whether the kernel agreed.
    static func forgetPeak() -> Bool {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return false }
        do {
            try file.write(contentsOf: Data("5".utf8))
            try file.close()
            return true
        } catch {
            return false
        }
    }

    /// Seconds of processor time since start: of all programs, and of this process alone; `nil` without /proc.
    static var processorTime: (all: Double, own: Double)? {
        guard let machine = read("/proc/stat"), let process = read("/proc/self/stat"),
            let first = machine.split(separator: "\n").first
        else { return nil }
        // user, nice, system, then idle and waiting, then interrupts and what the host took
        let ticks = first.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        // The name in parentheses may hold spaces; user and system time are the 12th and 13th field after it.
        let fields = process.split(separator: ")").last?.split(separator: " ").compactMap { Double($0) } ?? []
        guard ticks.count == 8, fields.count > 12 else { return nil }
        // The state, a letter, was dropped with what is no number.
        let all = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]
        return (all / ticksPerSecond, (fields[10] + fields[11]) / ticksPerSecond)
    }

    /// The unit of /proc is a hundredth of a second on every Linux (USER_HZ).
    private static let ticksPerSecond = 100.0

    private static func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
