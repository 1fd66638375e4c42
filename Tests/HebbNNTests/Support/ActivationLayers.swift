import HebbCore
import HebbNN
import HebbTestSupport

extension LayerCase {
  /// Activations.
  static let activations: [LayerCase] = [
    LayerCase("ReLU6", [3, 4], [3, 4]) { _ in ReLU6() },
    LayerCase("ReLUN", [3, 4], [3, 4]) { _ in ReLUN(limit: 0.8) },
    LayerCase("PReLU", [2, 3, 4], [2, 3, 4], state: "weight[3]") { _ in PReLU(count: 3) },
    LayerCase("PReLU of one slope", [5, 4], [5, 4], state: "weight[1]") { _ in PReLU() },
    LayerCase("RReLU in use", [3, 4], [3, 4], state: "draws[]") { RReLU(using: &$0).eval() },
    LayerCase("CELU", [3, 4], [3, 4]) { _ in CELU(alpha: 1.5) },
    LayerCase("SELU", [3, 4], [3, 4]) { _ in SELU() },
    LayerCase("Threshold", [3, 4], [3, 4]) { _ in Threshold(0.1, value: -2) },
    LayerCase("Step", [3, 4], [3, 4]) { _ in Step() },
    LayerCase("Mish", [3, 4], [3, 4]) { _ in Mish() },
    LayerCase("Softplus with beta", [3, 4], [3, 4]) { _ in Softplus(beta: 3) },
    LayerCase("Softsign", [3, 4], [3, 4]) { _ in Softsign() },
    LayerCase("Softshrink", [3, 4], [3, 4]) { _ in Softshrink(lambda: 0.3) },
    LayerCase("Hardshrink", [3, 4], [3, 4]) { _ in Hardshrink(lambda: 0.3) },
    LayerCase("Tanhshrink", [3, 4], [3, 4]) { _ in Tanhshrink() },
    LayerCase("Hardtanh", [3, 4], [3, 4]) { _ in Hardtanh(min: -0.5, max: 0.7) },
    LayerCase("Hardsigmoid", [3, 4], [3, 4]) { _ in Hardsigmoid() },
    LayerCase("Hardswish", [3, 4], [3, 4]) { _ in Hardswish() },
    LayerCase("LogSigmoid", [3, 4], [3, 4]) { _ in LogSigmoid() },
    LayerCase("GLU", [2, 6, 3], [2, 3, 3]) { _ in GLU(axis: 1) },
    LayerCase("Maxout", [3, 6], [3, 2]) { _ in Maxout(pieces: 3) },
    LayerCase("Maxout of a linear map", [3, 5], [3, 4], state: "0.weight[8, 5] 0.bias[8]") {
      random in
      Sequential {
        Linear(inputs: 5, outputs: 8, using: &random)
        Maxout(pieces: 2)
      }
    },
    LayerCase("Softmin", [3, 4], [3, 4]) { _ in Softmin() },
    LayerCase("Softmax2d", [2, 3, 2, 2], [2, 3, 2, 2]) { _ in Softmax2d() },
  ]
}
