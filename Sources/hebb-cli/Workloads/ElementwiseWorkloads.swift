import Hebb

/// Loops that memory limits: each reads and writes large tensors once.
extension Workload {
  static let elementwise: [Workload] = [
    Workload(
      name: "ew_gelu", batch: 1, sizes: [], bytes: 134_217_728, bytesWritten: 67_108_864,
      make: { _ in pointwise([16_777_216]) { gelu($0 * 1.5 + 0.5) + 0.25 } }),
    Workload(
      name: "ew_softmax", batch: 1, sizes: [], bytes: 134_217_728, bytesWritten: 67_108_864,
      make: { _ in pointwise([4096, 4096]) { softmax($0, axis: -1) } }),
    Workload(
      name: "ew_layernorm", batch: 1, sizes: [], bytes: 67_108_864, bytesWritten: 33_554_432,
      make: layerNormalization),
    Workload(
      name: "ew_sum", batch: 1, sizes: [], bytes: 67_108_864,
      make: { _ in pointwise([16_777_216]) { $0.sum() } }
    ),
    Workload(
      name: "ew_adam", batch: 1, sizes: [], bytes: 700_000_000, bytesWritten: 300_000_000,
      make: adamUpdates),
  ]

  /// A function of a tensor of normal numbers, without gradients.
  private static func pointwise(_ shape: Shape, _ function: @escaping (Tensor) -> Tensor) -> Steps {
    let x = Tensor.normal(shape, using: PhiloxGenerator(seed: 0)).evaluated()
    return Steps(step: { withoutGradients { _ = function(x).evaluated() } })
  }

  /// Layer normalization with scale and shift.
  private static func layerNormalization(_ sizes: Sizes) -> Steps {
    let normalization = LayerNorm([1024])
    return pointwise([8192, 1024]) { normalization($0) }
  }

  /// Vectors of parameters.
  private final class Vectors: Module {
    let items: [Vector]

    init(count: Int, size: Int) {
      let generator = PhiloxGenerator(seed: 0)
      items = (0..<count).map { Vector(.normal([size], using: generator.mixing(String($0)))) }
    }
  }

  private final class Vector: Module {
    @Parameter var weight: Tensor

    init(_ values: Tensor) { weight = values }
  }

  /// One Adam update of 25 vectors of a million parameters, with gradients that are given.
  private static func adamUpdates(_ sizes: Sizes) -> Steps {
    let model = Vectors(count: 25, size: 1_000_000)
    let optimizer = Adam(model, rate: 0.001)
    let generator = PhiloxGenerator(seed: 1)
    var number = 0
    let loss = model.items.dropFirst().reduce(model.items[0].weight.sum()) { $0 + $1.weight.sum() }
    let given = gradients(of: loss, for: optimizer.parameters).map { slope in
      number += 1
      return .normal(slope.shape, using: generator.mixing(String(number)))
    }
    Tensor.evaluate(given.tensors + [given.loss])
    return Steps(step: { optimizer.step(along: given) })
  }
}
