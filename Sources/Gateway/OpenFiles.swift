#if Gateway
import Foundation

/// How many connections the system lets the program hold.
enum OpenFiles {
    /// The most open files of the process.
    static var limit: Int { min(Int(clamping: current.rlim_cur), 1 << 20) }

    /// Asks for as many as the system grants: a thousand connections are more than many shells allow.
    static func raiseLimit() {
        var wanted = current
        wanted.rlim_cur = min(wanted.rlim_max, 65_536)
        // Where it is refused, ``limit`` says what there is.
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wanted)
    }

    private static var current: rlimit {
        var found = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &found) == 0 else {
            return rlimit(rlim_cur: 1024, rlim_max: 1024)
        }
        return found
    }
}
#endif
