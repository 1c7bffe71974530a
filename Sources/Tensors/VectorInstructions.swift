import CVec

/// What the kernels were compiled for.
public enum VectorInstructions {
    /// The widest vector extension that the compiler was allowed to use.
    public static var compiled: String { unsafe String(cString: vec_extension()) }
}
