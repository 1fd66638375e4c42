import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct ActivationsTests {
  static func layers() -> [(name: String, layer: any Layer)] {
    [
      ("relu", ReLU()), ("sigmoid", Sigmoid()), ("tanh", Tanh()), ("gelu", GELU()),
      ("gelu_tanh", GELU(.tanh)), ("silu", SiLU()), ("leaky_relu", LeakyReLU()), ("elu", ELU()),
      ("softplus", Softplus()), ("softmax", Softmax()), ("softmax_axis1", Softmax(axis: 1)),
      ("log_softmax", LogSoftmax()), ("log_softmax_axis1", LogSoftmax(axis: 1)),
    ]
  }

  @Test(arguments: Precision.both) func agreesWithPyTorch(_ precision: Precision) throws {
    for (name, layer) in Self.layers() {
      try expectGolden(Golden("layers", name), layer, precision)
    }
  }

  /// Far from 0, where a formula of the wrong form overflows, values and slopes are finite.
  @Test(arguments: [-100.0, -20, 20, 100]) func staysFinite(_ point: Double) {
    for (name, layer) in Self.layers() {
      let (value, slope) = valueAndGradient(at: Tensor([point, 0], shape: [1, 2])) {
        layer($0).sum()
      }
      #expect(value.item().isFinite, "\(name) at \(point)")
      #expect(slope.doubles().allSatisfy { $0.isFinite }, "slope of \(name) at \(point)")
    }
  }

  @Test func slopesThatAreNotTheDefault() {
    let x = Tensor([-2.0, 0, 3])
    #expect(LeakyReLU(slope: 0.25)(x).doubles() == [-0.5, 0, 3])
    expectClose(ELU(alpha: 2)(x).doubles(), [-1.7293294335267746, 0, 3], within: 1e-15)
  }
}
