/// An SVG document made fit to stand inside HTML beside others.
enum InlineSVG {
    /// Returns `svg` without its prolog, with every id and every reference to one prefixed by `prefix`.
    ///
    /// Documents of gnuplot share ids such as `gpPt5`; two of them in one page would show each other's symbols. Those of
    /// its lines, which it gives twice and never refers to, are dropped.
    static func element(_ svg: String, prefix: String) -> String {
        let body = svg.firstRange(of: "<svg").map { String(svg[$0.lowerBound...]) } ?? svg
        let bare = body.replacing(/<title>Gnuplot<\/title>\s*|<desc>[^<]*<\/desc>\s*/, with: "")
        return bare.replacing(/<[^>]*>/) { renamed(String($0.output), prefix) }
    }

    private static func renamed(_ tag: String, _ prefix: String) -> String {
        let anonymous = tag.replacing(/\sid="gnuplot_plot_[^"]*"/, with: "")
        let ids = anonymous.replacing(/(\sid=["'])/) { "\($0.output.1)\(prefix)-" }
        return ids.replacing(/(href=["']#|url\(["']?#)/) { "\($0.output.1)\(prefix)-" }
    }
}
