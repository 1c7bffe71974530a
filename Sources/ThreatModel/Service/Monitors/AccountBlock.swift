import Synchronization

/// Whether an account is blocked; it can be asked from several threads at once.
public final class AccountBlock: Sendable {
    private let state = Atomic(false)

    /// Creates one of an account that is not blocked.
    public init() {}

    /// Whether it is blocked.
    public var isSet: Bool { state.load(ordering: .acquiring) }

    /// Blocks the account for as long as the process runs.
    public func set() { state.store(true, ordering: .releasing) }
}

/// A block per account, which the services of all of an owner's models share.
public final class AccountBlocks: Sendable {
    private let blocks = Mutex<[String: AccountBlock]>([:])

    /// Creates blocks of which none is set.
    public init() {}

    /// The block of an account, the same at every call.
    public subscript(account: String) -> AccountBlock {
        blocks.withLock { blocks in
            if let block = blocks[account] { return block }
            let block = AccountBlock()
            blocks[account] = block
            return block
        }
    }
}
