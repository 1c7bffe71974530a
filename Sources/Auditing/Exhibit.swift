/// Something to look at in the report: curves, pictures or text, beside the numbers of the findings.
public struct Exhibit: Codable, Sendable, Equatable {
    /// What is shown.
    public enum Content: Codable, Sendable, Equatable {
        /// Lines in one coordinate system.
        case curves(Curves)
        /// A grid of grey pictures.
        case images(ImageGrid)
        /// A piece of text.
        case text(String)
    }
    /// The victim that it belongs to.
    public var victim: String
    /// Its headline, such as "Training loss" or "Samples".
    public var title: String
    /// What one sees, in one or two sentences.
    public var caption: String
    /// The thing itself.
    public var content: Content

    /// Creates an exhibit.
    public init(victim: String, title: String, caption: String, content: Content) {
        self.victim = victim
        self.title = title
        self.caption = caption
        self.content = content
    }
}

/// Lines in one coordinate system.
public struct Curves: Codable, Sendable, Equatable {
    /// One line.
    public struct Line: Codable, Sendable, Equatable {
        /// Its name in the legend.
        public var name: String
        /// The abscissae.
        public var x: [Double]
        /// The ordinates, as many.
        public var y: [Double]
        /// The lower ends of error bars, as many, or empty.
        public var lower: [Double]
        /// The upper ends of error bars, as many, or empty.
        public var upper: [Double]

        /// Creates a line.
        public init(name: String, x: [Double], y: [Double], lower: [Double] = [], upper: [Double] = []) {
            self.name = name
            self.x = x
            self.y = y
            self.lower = lower
            self.upper = upper
        }
    }
    /// What runs along the abscissa, with its unit.
    public var xLabel: String
    /// What runs along the ordinate, with its unit.
    public var yLabel: String
    /// Whether the abscissa is logarithmic.
    public var logX: Bool
    /// Whether the ordinate is logarithmic.
    public var logY: Bool
    /// Whether the diagonal y = x is drawn as chance, as in a ROC.
    public var diagonal: Bool
    /// The lines.
    public var lines: [Line]

    /// Creates a coordinate system with lines.
    public init(
        xLabel: String, yLabel: String, logX: Bool = false, logY: Bool = false, diagonal: Bool = false, lines: [Line]
    ) {
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.logX = logX
        self.logY = logY
        self.diagonal = diagonal
        self.lines = lines
    }
}

/// Rows of grey pictures, each row with a label.
public struct ImageGrid: Codable, Sendable, Equatable {
    /// The width of one picture in pixels.
    public var width: Int
    /// The height of one picture in pixels.
    public var height: Int
    /// What each row shows, such as "original", "reconstruction".
    public var rowLabels: [String]
    /// The pictures, row by row, `width · height` bytes each (0 black, 255 white).
    public var rows: [[[UInt8]]]

    /// Creates a grid.
    public init(width: Int, height: Int, rowLabels: [String], rows: [[[UInt8]]]) {
        self.width = width
        self.height = height
        self.rowLabels = rowLabels
        self.rows = rows
    }
}
