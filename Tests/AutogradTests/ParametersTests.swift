import Autograd
import Tensors
import Testing

@Suite("Parameters are named tensors in a fixed order") struct ParametersTests {
    private var parameters: Parameters {
        var result = Parameters()
        result["z.weight"] = Tensor([3, 4])
        result["a.bias"] = Tensor([12])
        return result
    }

    @Test("order is that of first setting") func order() {
        var changed = parameters
        changed["z.weight"] = Tensor([0, 0])
        #expect(changed.names == ["z.weight", "a.bias"])
        #expect(changed.scalarCount == 3)
        #expect(changed.contains("a.bias") && !changed.contains("a"))
    }

    @Test("the norm is over all tensors together") func norm() { #expect(parameters.norm == 13) }

    @Test("a prefix selects") func prefix() {
        #expect(parameters.filter(["a."]).names == ["a.bias"])
        #expect(parameters.filter([""]).names == ["z.weight", "a.bias"])
    }

    @Test("scaling a copy leaves the original") func copies() {
        let original = parameters
        var copy = original
        copy.scale(by: 2)
        #expect(copy["z.weight"].values == [6, 8] && original["z.weight"].values == [3, 4])
        #expect(copy.names == original.names)
    }

    @Test("an update in place keeps order") func update() {
        var changed = parameters
        changed.update("z.weight") { $0.scale(by: -1) }
        #expect(changed.names == ["z.weight", "a.bias"] && changed["z.weight"].values == [-3, -4])
    }
}
