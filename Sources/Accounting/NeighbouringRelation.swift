/// Which data sets must be hard to tell apart.
public enum NeighbouringRelation: String, Codable, Sendable, CaseIterable {
    /// One has a record that the other lacks. An accountant takes the larger of both directions.
    case addOrRemove = "add-or-remove"
    /// Both have the same number of records, and one record is another. Under Poisson sampling the sampled record's two
    /// clipped gradients may point in opposite directions, so this is up to twice as far as add-or-remove.
    case replaceOne = "replace-one"

    /// How a report names it.
    public var phrase: String {
        switch self {
        case .addOrRemove: "add or remove one record"
        case .replaceOne: "replace one record"
        }
    }
}
