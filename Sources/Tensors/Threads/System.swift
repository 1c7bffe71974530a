import Foundation

/// What the operating system knows of threads.

func activeProcessors() -> Int { ProcessInfo.processInfo.activeProcessorCount }

/// Starts a thread that never ends; its stack holds what attention and products keep there.
func startThread(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = "penumbra helper"
    thread.stackSize = 16 << 20
    thread.start()
}

/// Lets another thread have the core.
func yieldProcessor() { sched_yield() }
