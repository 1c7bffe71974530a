import Autograd

extension BoundedSum {
    /// Adds the gradient of one more record: a unit vector along one coordinate, as long as a gradient may be at most.
    ///
    /// It is a gradient that some record could have had after clipping, and a record counts once, so the sensitivity of
    /// the sum stays what it was. Only an audit inserts such gradients.
    /// - Precondition: the sum has a parameter `name` of more than `element` elements.
    /// - Source: Nasr, Songi, Thakurta, Papernot and Carlini, S&P 2021, whose gradients of an adversary these are.
    public mutating func insert(canaryAt element: Int, of name: String) {
        let length = Float(sensitivity)
        add(length, to: element, of: name)
    }
}
