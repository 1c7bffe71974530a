import Autograd

extension BoundedSum {
    /// Adds the gradient of one more record: along one coordinate, and as long as a clipped gradient may be there.
    ///
    /// With clipping per layer that is the share of one layer. A count of gradients within an adaptive norm leaves it out.
    /// It is a gradient that some record could have had after clipping, and a record counts once, so the sensitivity of
    /// the sum stays what it was. Only an audit inserts such gradients.
    /// - Precondition: the sum has a parameter `name` of more than `element` elements.
    /// - Source: Nasr, Songi, Thakurta, Papernot and Carlini, S&P 2021, whose gradients of an adversary these are.
    public mutating func insert(canaryAt element: Int, of name: String) {
        addLongest(to: element, of: name)
    }
}
