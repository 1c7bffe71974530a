import Statistics

extension Measure {
    /// The means of measures over repetitions of one attack, each with other draws.
    ///
    /// An interval of one repetition speaks of the records it was graded on, and not of the training: a student that is
    /// trained again with other draws may lie outside. The interval of a mean has both: Student's of the repetitions, and
    /// the mean one of a repetition, whose records are the same each time, so that it does not shrink; half-widths add in
    /// squares.
    ///
    /// - Parameters:
    ///   - repetitions: the measures of each; those of one name belong together.
    ///   - confidence: of the interval over repetitions, in (0, 1).
    /// - Returns: one measure per name, in the order in which they first occur; the unit says of how many when a measure
    ///   is not in every repetition. Of a single repetition its own measures.
    public static func means(of repetitions: [[Measure]], confidence: Double = 0.95) -> [Measure] {
        guard repetitions.count > 1 else { return repetitions.first ?? [] }
        var names: [String] = []
        var byName: [String: [Measure]] = [:]
        for measure in repetitions.joined() {
            if byName[measure.name] == nil { names.append(measure.name) }
            byName[measure.name, default: []].append(measure)
        }
        return names.compactMap { byName[$0] }.map { measures in
            var mean = mean(of: measures, confidence)
            if measures.count < repetitions.count {
                let place = "in \(measures.count) of \(repetitions.count) repetitions"
                mean.unit = mean.unit.isEmpty ? place : "\(mean.unit), \(place)"
            }
            return mean
        }
    }

    private static func mean(of measures: [Measure], _ confidence: Double) -> Measure {
        var mean = measures[0]
        let values = measures.map(\.value)
        mean.value = average(values)
        let controls = measures.compactMap(\.control)
        mean.control = controls.isEmpty ? nil : average(controls)
        let own = measures.compactMap(\.interval)
        // Two values at least; a price or a count that is the same each time has no spread.
        let spread = (try? meanInterval(values, confidence: confidence)).map(\.interval)
        let halfWidth = spread.map { ($0.upper - $0.lower) / 2 } ?? 0
        guard halfWidth > 0 || !own.isEmpty else { return mean }
        func distance(_ end: (Measure, Interval) -> Double) -> Double {
            let ofOne = average(measures.compactMap { measure in measure.interval.map { end(measure, $0) } })
            return (halfWidth * halfWidth + ofOne * ofOne).squareRoot()
        }
        mean.interval = Interval(
            lower: mean.value - distance { $0.value - $1.lower }, upper: mean.value + distance { $1.upper - $0.value },
            confidence: own.first?.confidence ?? confidence)
        return mean
    }

    private static func average(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}
