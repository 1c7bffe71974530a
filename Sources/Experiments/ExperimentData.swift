import Auditing
import Datasets
import Foundation
import Models
import Store
import Tensors
import ThreatModel

/// The records of one kind, split: a pure function of the data's bytes, the spec and the seed.
struct DataSplit: Sendable {
    /// The records whose membership is asked.
    private(set) var candidates: Records
    /// Other records, which the adversary may know.
    let population: Records
    /// What a report says of the data.
    let finding: DatasetFinding
    /// The key of everything that is made from them.
    private(set) var key: Key
    /// The tokeniser, of text.
    let tokeniser: Tokeniser?
    /// Width and height, of images.
    let size: (width: Int, height: Int)
    let classes: Int
    /// Records of another distribution, with labels of their own.
    let foreign: Records?
    /// What a report says of those.
    let foreignFinding: DatasetFinding?
    /// The year of each candidate, of paragraphs.
    private(set) var years: [Int]?
    /// Whether each candidate was published to be trained on; `nil` where that is not known.
    private(set) var published: [Bool]?
    /// What the features of a table's rows stand for.
    let table: TableEncoding?
    /// The document of each candidate, and its author where all documents tell theirs; of text.
    private var units: [PrivacySpec.Unit: [Int32]]

    /// The units that some candidates belong to, when a privacy protects documents or users.
    ///
    /// - Throws: ``SpecError`` when the records belong to none.
    func units(of candidates: [Int], _ privacy: PrivacySpec, _ victim: String) throws -> [Int32] {
        guard let unit = privacy.group else { return [] }
        guard let units = units[unit] else {
            let reason =
                tokeniser == nil
                ? "only text has \(unit.rawValue)s" : "its documents lie in no folders of users, nor name YEAR-USER"
            throw SpecError(
                "victims: '\(victim)': privacy.unit: expected 'record', since \(reason), found '\(unit.rawValue)'")
        }
        return candidates.map { units[$0] }
    }

    /// Width and height, `nil` of what is no image.
    var imageSize: ImageSize? {
        size.width > 0 ? ImageSize(width: size.width, height: size.height) : nil
    }

    /// Which candidates are members: independent coin flips, the same for all victims on these data with the same rate
    /// and repetition; or the oldest, or those that were published to be trained on.
    func membership(of victim: VictimSpec, _ random: RandomStream) -> [Bool] {
        if victim.split == .published, let published { return published }
        guard victim.split == .date, let years else {
            let flips = victim.repetition == 0 ? random["membership"] : random["membership"][victim.repetition]
            return flips.coinFlips(candidates.count, probability: victim.memberRate)
        }
        let oldest = years.indices.sorted { (years[$0], $0) < (years[$1], $1) }
        var membership = [Bool](repeating: false, count: years.count)
        for index in oldest.prefix(Int(Double(years.count) * victim.memberRate)) { membership[index] = true }
        return membership
    }

    /// The data with only some of the candidates; the key stays that of the whole, unless a reason tells them apart.
    ///
    /// - Parameters:
    ///   - kept: the indices of those that stay.
    ///   - reason: what determines them beside the data, where no stage's own content does.
    /// - Returns: the same data, split alike.
    /// - Throws: what hashing the key throws.
    func limited(to kept: [Int], because reason: String? = nil) throws -> DataSplit {
        var split = self
        split.candidates = candidates.gather(kept)
        split.years = years.map { years in kept.map { years[$0] } }
        split.units = units.mapValues { units in kept.map { units[$0] } }
        split.published = published.map { published in kept.map { published[$0] } }
        if let reason { split.key = try Key(of: [key.hex, reason]) }
        return split
    }

    private struct Identity: Encodable {
        var checksum: String
        var seed: UInt64
        var candidates: Int
        var population: Int
        var window: Int
        /// Of a tokeniser of byte pairs.
        var merges: Int?
        /// Absent in the key of images that are as they were.
        var shrink: Int?
        /// Of a table, or of paragraphs.
        var form: String?
        var foreign: String?
        /// Of the parts of images when there are two.
        var parts: String?
        var version = 1
    }

    /// Loads and splits images.
    ///
    /// - Throws: ``DatasetError`` when they are missing or damaged, ``SpecError`` when there are too few.
    init(_ spec: ImageData, seed: UInt64, registry: DatasetRegistry) throws {
        let loaded = try registry.images(spec.dataset, allowFallback: spec.fallback)
        let tests = spec.parts == .all ? try Self.tests(spec, registry) : nil
        let joined = try tests.map { try loaded.content.appending($0.content) } ?? loaded.content
        let images = try spec.shrink.map { try joined.shrunk(by: $0) } ?? joined
        let order = try DataSplit.order(images.count, spec.candidates, "images", spec.dataset, seed)
        func records(_ indices: ArraySlice<Int>) -> Records {
            let chosen = images.subset(indices)
            return Records(
                features: Tensor(pixels: chosen.pixels, shape: [chosen.count, chosen.size]), labels: chosen.labels)
        }
        candidates = records(order.prefix(spec.candidates))
        population = records(order.dropFirst(spec.candidates).prefix(spec.population))
        (size, tokeniser) = ((images.width, images.height), nil)
        classes = images.labels.map { Int($0.max() ?? 0) + 1 } ?? 0
        let others = try spec.foreign.map { try registry.images($0, allowFallback: spec.fallback) }
        foreign = others.map { loaded in
            Records(
                features: Tensor(pixels: loaded.content.pixels, shape: [loaded.content.count, loaded.content.size]),
                labels: loaded.content.labels)
        }
        (years, table, units) = (nil, nil, [:])
        published = tests.map { _ in order.prefix(spec.candidates).map { $0 < loaded.content.count } }
        let checksum = tests.map { Checksum.of(Data((loaded.checksum + $0.checksum).utf8)) } ?? loaded.checksum
        func finding(_ loaded: LoadedImages, _ images: ImageSet, _ checksum: String) -> DatasetFinding {
            DatasetFinding(
                id: loaded.id, checksum: checksum, records: images.count,
                record: "a \(images.width) × \(images.height) image", licence: loaded.licence,
                isFallback: loaded.isFallback)
        }
        self.finding = finding(loaded, images, checksum)
        foreignFinding = others.map { finding($0, $0.content, $0.checksum) }
        key = try Key(
            of: Identity(
                checksum: checksum, seed: seed, candidates: spec.candidates, population: spec.population,
                window: 0, shrink: spec.shrink, foreign: others?.checksum,
                parts: spec.parts == .all ? ImageData.Parts.all.rawValue : nil))
    }

    /// What was published to test on.
    private static func tests(_ spec: ImageData, _ registry: DatasetRegistry) throws -> LoadedImages {
        guard case .registered = try DatasetReference(spec.dataset) else {
            throw SpecError(
                "images.parts: expected a registered data set, found '\(spec.dataset)', which has no parts; remove the key"
            )
        }
        return try registry.images(spec.dataset, split: "test", allowFallback: spec.fallback)
    }

    /// Loads and splits the rows of a table.
    ///
    /// - Throws: ``DatasetError`` when it is missing or damaged, ``SpecError`` when there are too few rows.
    init(_ spec: TableData, seed: UInt64, registry: DatasetRegistry) throws {
        let loaded = try registry.tabular(spec.dataset, label: spec.label, bins: spec.bins)
        let rows = loaded.content
        let order = try DataSplit.order(rows.count, spec.candidates, "table", spec.dataset, seed)
        func records(_ indices: ArraySlice<Int>) -> Records {
            let chosen = rows.subset(indices)
            return Records(
                features: Tensor(chosen.features.map(Float.init), shape: [chosen.count, chosen.width]),
                labels: chosen.labels)
        }
        candidates = records(order.prefix(spec.candidates))
        population = records(order.dropFirst(spec.candidates).prefix(spec.population))
        (size, tokeniser, years, foreign, units, published) = ((0, 0), nil, nil, nil, [:], nil)
        foreignFinding = nil
        (classes, table) = (rows.classNames.count, rows.encoding)
        finding = DatasetFinding(
            id: loaded.id, checksum: loaded.checksum, records: rows.count,
            record: "a row of \(rows.encoding.groups.count) columns as \(rows.width) features", licence: loaded.licence,
            isFallback: loaded.isFallback)
        key = try Key(
            of: Identity(
                checksum: loaded.checksum, seed: seed, candidates: spec.candidates, population: spec.population,
                window: 0, form: "table \(spec.label ?? "") \(spec.bins)"))
    }

    /// Loads text, cuts it into windows and splits those.
    ///
    /// - Throws: ``DatasetError`` when it is missing, empty or damaged, ``SpecError`` when there are too few windows.
    init(_ spec: TextData, seed: UInt64, registry: DatasetRegistry) throws {
        let loaded = try registry.text(spec.dataset, allowFallback: spec.fallback)
        let tokeniser = try (spec.tokeniser ?? .characters).trained(on: loaded.content)
        let (windows, dates, sources) = try Self.windows(loaded.content, spec, tokeniser)
        let order = try DataSplit.order(windows.count, spec.candidates, "text", spec.dataset, seed)
        func records(_ indices: ArraySlice<Int>) -> Records {
            Records(tokens: indices.flatMap { windows[$0] }, window: spec.window)
        }
        years = dates.map { dates in order.prefix(spec.candidates).map { dates[$0] } }
        units = Self.units(order.prefix(spec.candidates).map { sources[$0] }, of: loaded.content)
        (table, foreign, foreignFinding, published) = (nil, nil, nil, nil)
        candidates = records(order.prefix(spec.candidates))
        population = records(order.dropFirst(spec.candidates).prefix(spec.population))
        (size, classes) = ((0, 0), 0)
        self.tokeniser = tokeniser
        finding = DatasetFinding(
            id: loaded.id, checksum: loaded.checksum, records: windows.count,
            record: spec.record == .window
                ? "a disjoint window of \(spec.window) \(tokeniser.unit)s"
                : "the first \(spec.window) \(tokeniser.unit)s of a paragraph", licence: loaded.licence,
            isFallback: loaded.isFallback)
        key = try Key(
            of: Identity(
                checksum: loaded.checksum, seed: seed, candidates: spec.candidates, population: spec.population,
                window: spec.window, merges: spec.tokeniser?.merges,
                form: spec.record == .window ? nil : spec.record.rawValue))
    }

    /// The units of records that come from documents.
    private static func units(_ documents: [Int32], of text: TextCorpus) -> [PrivacySpec.Unit: [Int32]] {
        let authors = text.documents.map(\.author)
        let known = authors.compactMap(\.self)
        guard known.count == authors.count else { return [.document: documents] }
        let names = Set(known).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
        return [.document: documents, .user: documents.map { numbers[known[Int($0)], default: 0] }]
    }

    /// The tokens of each record of a text, the year of each when they are paragraphs, and its document.
    ///
    /// - Throws: ``SpecError`` when a document's name does not begin with a year.
    private static func windows(
        _ text: TextCorpus, _ spec: TextData, _ tokeniser: Tokeniser
    ) throws -> ([ArraySlice<Int32>], [Int]?, [Int32]) {
        guard spec.record == .paragraph else {
            let windows = try TextWindows(text, length: spec.window, by: tokeniser).windows
            return (windows.map { $0.tokens[...] }, nil, windows.map { Int32($0.document) })
        }
        let paragraphs = try TextParagraphs(text, length: spec.window, by: tokeniser).paragraphs
        let years = paragraphs.compactMap(\.year)
        return (
            paragraphs.map(\.tokens), years.count == paragraphs.count ? years : nil,
            paragraphs.map { Int32($0.document) }
        )
    }

    private static func order(
        _ count: Int, _ candidates: Int, _ place: String, _ dataset: String, _ seed: UInt64
    ) throws -> [Int] {
        guard candidates <= count else {
            throw SpecError(
                "\(place).candidates: expected at most the \(count) records of '\(dataset)', found \(candidates); ask for fewer"
            )
        }
        return RandomStream(seed: seed)["split"].permutation(count)
    }
}

/// Canaries, planted in filler text, and the secrets that they are ranked among.
struct PlantedCanaries: Sendable {
    /// The canaries at the end of half a window of filler, one each.
    let canaries: Records
    /// How often each is planted.
    let insertions: [Int]
    /// Secrets of the same format that are not planted.
    let alternatives: Records
    /// The windows that are added to the training records, one per insertion, each in other filler text.
    let windows: Records
    /// The windows of the population without a filler: what an adversary may have who does not know the victim's text.
    let unused: Range<Int>

    /// Draws canaries and embeds them in windows of the population.
    init(_ spec: CanarySpec, _ split: DataSplit, _ random: RandomStream) throws {
        guard let tokeniser = split.tokeniser else { throw SpecError("canaries: expected text, found images") }
        let format = try CanaryFormat(spec.pattern)
        let planted = try format.canaries(
            count: spec.perLevel * spec.insertions.count, excluding: [], random: { random["planted"].integer($0) })
        insertions = planted.indices.map { spec.insertions[$0 / spec.perLevel] }
        let others = try format.canaries(
            count: spec.alternatives, excluding: planted, random: { random["alternatives"].integer($0) })
        let window = split.candidates.window
        let fillers = split.population
        guard fillers.count > 0 else {
            throw SpecError("text.population: canaries need filler text; ask for more than 0")
        }
        func embedded(_ canary: Canary, _ filler: Int) throws -> (window: [Int32], end: Int) {
            let tokens = fillers.tokens[filler * window..<(filler + 1) * window]
            return try canary.embedded(in: tokens, length: window, by: tokeniser)
        }
        // Positions are learned, so a canary is asked for where it was planted: after half a window of filler.
        func asked(_ list: [Canary]) throws -> Records {
            let windows = try list.map { try embedded($0, fillers.count - 1) }
            return Records(tokens: windows.flatMap { $0.window.prefix($0.end) }, window: windows.first?.end ?? 1)
        }
        (canaries, alternatives) = (try asked(planted), try asked(others))
        var tokens: [Int32] = []
        var filler = 0
        for (canary, count) in zip(planted, insertions) {
            for _ in 0..<count {
                tokens += try embedded(canary, filler).window
                filler = (filler + 1) % fillers.count
            }
        }
        windows = Records(tokens: tokens, window: window)
        let last = fillers.count - 1
        unused = min(insertions.reduce(0, +), last)..<last
    }
}
