import Foundation

/// Ends the program when its standard input ends, which it does when whoever holds the other end is gone.
///
/// The end of a pipe is told by the system even where its holder was killed, so that nothing has to be polled.
enum Lifeline {
    /// Waits on a thread of its own for the end of a file, then does something.
    static func watch(_ input: FileHandle, _ end: @escaping @Sendable () -> Void) {
        let thread = Thread {
            do {
                // What is sent is not for us, and only its end counts.
                while let data = try input.read(upToCount: 4096), !data.isEmpty {}
            } catch {
                // What cannot be read is not held open by anybody.
            }
            end()
        }
        thread.name = "lifeline"
        thread.start()
    }

    /// Lets SIGTERM and SIGINT through, whatever was inherited.
    ///
    /// A child that is started from one of Dispatch's threads has them blocked, and could only be killed.
    static func unblockSignals() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT] { unsafe sigaddset(&signals, signal) }
        // Fails for arguments that make no sense, and these do.
        _ = unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Asks the program to end as SIGTERM does: requests in flight are answered, and a report is written.
    static func endProgram() {
        // Cannot fail: a process may send a signal to itself.
        _ = kill(getpid(), SIGTERM)
    }
}
