package import Models
public import Statistics
public import Tensors
public import ThreatModel

/// The game of inversion: how near rebuilt images come to the originals, and whether nearer for members.
public struct InversionGame: Sendable {
    private let originals: Tensor
    private let classMeans: Tensor
    private let secret: [Bool]

    /// Starts a game.
    ///
    /// - Shapes: candidates with features [C, D] and labels; secret [C]. The control shows each candidate the mean of its
    ///   class over the population: what one knows without the victim.
    package init(candidates: Records, population: Records, secret: [Bool]) {
        originals = candidates.requiredFeatures
        classMeans = InversionGame.controls(candidates, population)
        self.secret = secret
    }

    private static func controls(_ candidates: Records, _ population: Records) -> Tensor {
        let features = population.requiredFeatures
        let labels = population.labels ?? [Int32](repeating: 0, count: population.count)
        var means: [Int32: Tensor] = [:]
        for label in Set(labels) {
            means[label] = mean(of: features.gatherRows(labels.indices.filter { labels[$0] == label }))
        }
        let wanted = candidates.labels ?? [Int32](repeating: 0, count: candidates.count)
        // Of a class that the population lacks, one knows no more than the mean of all.
        let overall = mean(of: features)
        return Tensor.concatenatedRows(wanted.map { (means[$0] ?? overall).reshaped([1, features.columns]) })
    }

    private static func mean(of rows: Tensor) -> Tensor {
        var sum = Tensor.zeros([rows.columns])
        rows.sumRows(into: &sum, beta: 0)
        return sum * (1 / Float(max(rows.rows, 1)))
    }

    /// Compares members and non-members with the class mean.
    public func grade(_ evidence: Reconstructions) -> [Measure] {
        [true, false].map { isMember in
            let rows = evidence.candidates.indices.filter { secret[evidence.candidates[$0]] == isMember }
            let chosen = originals.gatherRows(rows.map { evidence.candidates[$0] })
            return Measure(
                name: "PSNR of \(isMember ? "members" : "non-members")",
                value: peakSignalToNoise(evidence.images.gatherRows(rows), chosen), unit: "dB",
                control: peakSignalToNoise(classMeans.gatherRows(rows.map { evidence.candidates[$0] }), chosen),
                controlName: "class mean")
        }
    }

    /// Reads the distance of the rebuilt image as a membership score of the candidates that were rebuilt.
    ///
    /// - Throws: ``StatisticsError`` when all of them are members or none is.
    public func membership(_ evidence: Reconstructions) throws(StatisticsError) -> MembershipGrade {
        let distances = evidence.images.rowSquaredDistances(originals.gatherRows(evidence.candidates)).values
        let game = MembershipGame(secret: evidence.candidates.map { secret[$0] })
        return try game.grade(MembershipScores(distances.map { -Double($0) }))
    }

    /// Originals, rebuilt images and class means of the first members and non-members, for a picture.
    public func pictures(_ evidence: Reconstructions, count: Int) -> [(label: String, images: Tensor)] {
        [true, false].flatMap { isMember -> [(label: String, images: Tensor)] in
            let rows = Array(
                evidence.candidates.indices.filter { secret[evidence.candidates[$0]] == isMember }.prefix(count))
            let name = isMember ? "member" : "non-member"
            let candidates = rows.map { evidence.candidates[$0] }
            return [
                ("\(name)", originals.gatherRows(candidates)), ("rebuilt", evidence.images.gatherRows(rows)),
                ("class mean", classMeans.gatherRows(candidates)),
            ]
        }
    }
}
