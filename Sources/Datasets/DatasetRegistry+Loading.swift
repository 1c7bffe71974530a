import Foundation

extension DatasetRegistry {
    private static let unknownLicence = "unknown"

    /// Loads images: a registered id, `idx:IMAGES[,LABELS]`, `npz:FILE` or `images:FOLDER`.
    ///
    /// - Parameters:
    ///   - reference: the id, or the kind and path.
    ///   - split: which part of a registered data set: `train`, `test` or `all`; not used for paths.
    ///   - allowFallback: whether a registered data set's stand-in will do when it is missing.
    ///   - first: how many of a split's first images are wanted; those after them are not even read.
    /// - Returns: the images; registered ones have been verified.
    /// - Throws: `DatasetError` when they are missing, damaged, or no images.
    public func images(
        _ reference: String, split: String = "train", allowFallback: Bool = false, first: Int? = nil
    ) throws -> LoadedImages {
        let loaded = try allImages(reference, split, allowFallback, first)
        guard let first, loaded.content.count > first else { return loaded }
        return LoadedDataset(
            content: loaded.content.subset(0..<first), checksum: loaded.checksum, id: loaded.id,
            licence: loaded.licence, isFallback: loaded.isFallback)
    }

    /// The images, more than are wanted where stopping early gains nothing.
    private func allImages(_ reference: String, _ split: String, _ allowFallback: Bool, _ first: Int?) throws
        -> LoadedImages
    {
        switch try DatasetReference(reference) {
        case .registered(let id):
            let location = try registered(id, .images, allowFallback)
            let checksum = try verify(location)
            guard location.entry.splits != nil else {
                return known(try ImageFolder.images(at: location.url), location, checksum)
            }
            return try images(location, split, first)
        case .idx(let images, let labels):
            let files = [images] + (labels.map { [$0] } ?? [])
            let set = try IDX.images(at: URL(filePath: images), labels: labels.map { URL(filePath: $0) })
            return own(set, reference, try Folder.checksum(of: files.map { URL(filePath: $0) }))
        case .npz(let path):
            let file = URL(filePath: path)
            return own(try NPZ.images(at: file), reference, try Folder.checksum(of: [file]))
        case .images(let path):
            let folder = URL(filePath: path)
            let files = try Folder.files(below: folder, extensions: ImageFolder.extensions)
            return own(try ImageFolder.images(at: folder), reference, try Folder.checksum(of: files, in: folder))
        case .text, .csv, .arff: throw wrongKind(reference, .images)
        }
    }

    /// Loads text: a registered id, or `text:FILE-OR-FOLDER`.
    ///
    /// - Parameters:
    ///   - reference: the id, or the kind and path.
    ///   - allowFallback: whether a registered data set's stand-in will do when it is missing.
    /// - Returns: the corpus as it is in the files, not normalised; a registered one has been verified.
    /// - Throws: `DatasetError` when it is missing, damaged, or no text.
    public func text(_ reference: String, allowFallback: Bool = false) throws -> LoadedText {
        switch try DatasetReference(reference) {
        case .registered(let id):
            let location = try registered(id, .text, allowFallback)
            let checksum = try verify(location)
            return known(try TextFolder.corpus(at: location.url), location, checksum)
        case .text(let path):
            let place = URL(filePath: path)
            let corpus = try TextFolder.corpus(at: place)
            let isFolder = try Folder.isFolder(place)
            return own(
                corpus, reference,
                isFolder
                    ? try Folder.checksum(of: corpus.documents.map(\.name), in: place)
                    : try Folder.checksum(of: [place]))
        default: throw wrongKind(reference, .text)
        }
    }

    func registered(_ id: String, _ kind: DatasetEntry.Kind, _ allowFallback: Bool) throws -> Location {
        let location = try resolve(id, allowFallback: allowFallback)
        guard location.entry.kind == kind else { throw wrongKind(id, kind) }
        return location
    }

    private func images(_ location: Location, _ split: String, _ first: Int?) throws -> LoadedImages {
        let entry = location.entry
        let parts = try part(split, of: entry.splits ?? [:], entry)
        let sets = try parts.map { try images($0, location, first) }
        let joined = try sets.dropFirst().reduce(sets[0]) { try $0.appending($1) }
        let files = parts.flatMap { [$0.images] + ($0.labels.map { [$0] } ?? []) }
        return known(joined, location, try Folder.checksum(of: files, in: location.url))
    }

    private func images(_ part: DatasetEntry.Part, _ location: Location, _ first: Int?) throws -> ImageSet {
        let file = location.url.appending(path: part.images)
        let classNames = location.entry.classNames ?? []
        guard !part.images.hasSuffix(".csv"), !part.images.hasSuffix(".csv.gz") else {
            return try ImageTable.images(at: file, classNames: classNames).dealtByClass()
        }
        return try IDX.images(
            at: file, labels: part.labels.map { location.url.appending(path: $0) }, classNames: classNames, first: first
        )
    }

    /// Returns what belongs to a split, which is not nothing.
    func part<Part>(_ split: String, of splits: [String: [Part]], _ entry: DatasetEntry) throws -> [Part] {
        guard let parts = splits[split], !parts.isEmpty else {
            throw DatasetError.invalid(
                what: "the split of \(entry.id)", expected: "one of \(splits.keys.sorted().joined(separator: ", "))",
                found: "'\(split)'")
        }
        return parts
    }

    func known<Content>(_ content: Content, _ location: Location, _ checksum: String) -> LoadedDataset<Content> {
        LoadedDataset(
            content: content, checksum: checksum, id: location.entry.id, licence: location.entry.licence,
            isFallback: location.isFallback)
    }

    func own<Content>(_ content: Content, _ id: String, _ checksum: String) -> LoadedDataset<Content> {
        LoadedDataset(
            content: content, checksum: checksum, id: id, licence: DatasetRegistry.unknownLicence, isFallback: false)
    }

    func wrongKind(_ reference: String, _ kind: DatasetEntry.Kind) -> DatasetError {
        .invalid(
            what: "the data set '\(reference)'", expected: "one of the kind '\(kind.rawValue)'", found: "another kind")
    }
}
