import HebbCore

extension PrimitiveCase {
  /// Functions of numbers, reductions, contractions.
  static let arithmetic: [PrimitiveCase] = transcendental + functions + activations + contractions

  /// Within −1...1, not near the ends.
  private static let inside: @Sendable (Tensor) -> Tensor = { tanh($0) * 0.9 }

  private static let transcendental: [PrimitiveCase] = [
    .init("log2", [[5]], prepare: positive) { log2($0[0]) },
    .init("log10", [[5]], prepare: positive) { log10($0[0]) },
    .init("exp2", [[5, 17]]) { exp2($0[0]) },
    .init("cubeRoot", [[7]], prepare: { $0 + 0.5 * sign($0) }) { cubeRoot($0[0]) },
    .init("asin", [[7]], prepare: inside) { asin($0[0]) },
    .init("acos", [[7]], prepare: inside) { acos($0[0]) },
    .init("atan", [[3, 5]]) { atan($0[0]) },
    .init("sinh", [[7]]) { sinh($0[0]) },
    .init("cosh", [[7]]) { cosh($0[0]) },
    .init("asinh", [[7]]) { asinh($0[0]) },
    .init("acosh", [[7]], prepare: { abs($0) + 1.5 }) { acosh($0[0]) },
    .init("atanh", [[7]], prepare: inside) { atanh($0[0]) },
    .init("erfInverse", [[7]], prepare: inside) { erfInverse($0[0]) },
    .init("atan2", [[4, 3], [3]], prepare: positive) { atan2($0[0], -$0[1]) },
    .init("hypot", [[4, 3], [4, 1]], prepare: offKink) { hypot($0[0], $0[1]) },
  ]

  private static let functions: [PrimitiveCase] = [
    .init("clamp", [[3, 4]], prepare: offKink) { clamp($0[0] * 3, min: -2, max: 2.5) },
    .init("floorDivide", [[6], [6]], differentiable: false, prepare: positive) {
      floorDivide($0[0] * 5, $0[1])
    },
    .init("isInfinite", [[5]], differentiable: false) { isInfinite($0[0] / 0.0) },
    .init("nanToNumber", [[5]], differentiable: false) { nanToNumber(log($0[0])) },
    .init("logAddExp", [[3, 4], [4]]) { logAddExp($0[0], $0[1]) },
    .init("xlogy", [[5], [5]], prepare: positive) { xlogy($0[0], $0[1]) },
    .init("sinc", [[5]], prepare: offKink) { sinc($0[0]) },
    .init("lerp", [[3, 4], [4], [3, 1]]) { lerp($0[0], $0[1], sigmoid($0[2])) },
    .init("logit", [[5]], prepare: { sigmoid($0) }) { logit($0[0]) },
    .init("any", [[4, 5]], differentiable: false) { ($0[0] .> 1).any(axes: [1]) },
    .init("all", [[4, 5]], differentiable: false) { ($0[0] .> -1).all(axes: [0]) },
    .init("countNonzero", [[4, 5]], differentiable: false) {
      relu($0[0]).countNonzero(axes: [-1], keepingDimensions: true)
    },
    .init("norm", [[4, 5]], prepare: offKink) { $0[0].norm(axes: [1]) },
    .init("norm 1", [[4, 5]], prepare: offKink) { $0[0].norm(1, axes: [0]) },
    .init("norm 3", [[4, 5]], prepare: offKink) { $0[0].norm(3) },
    .init("norm infinity", [[4, 5]], prepare: offKink) { $0[0].norm(.infinity, axes: [1]) },
    .init("median", [[4, 6]]) { $0[0].median(axis: 1) },
    .init("quantile", [[4, 6]]) { $0[0].quantile(0.3, axis: 0) },
    .init("standardDeviation", [[4, 5]]) { $0[0].standardDeviation(axes: [0]) },
  ]

  private static let activations: [PrimitiveCase] = [
    .init("relu6", [[3, 5]], prepare: offKink) { relu6($0[0] * 5) },
    .init("prelu", [[2, 3, 4], [3]], prepare: offKink) { prelu($0[0], slope: $0[1]) },
    .init("celu", [[9]], prepare: offKink) { celu($0[0], alpha: 1.5) },
    .init("selu", [[9]], prepare: offKink) { selu($0[0]) },
    .init("mish", [[9]]) { mish($0[0]) },
    .init("softplus with beta", [[9]]) { softplus($0[0], beta: 2) },
    .init("softsign", [[9]], prepare: offKink) { softsign($0[0]) },
    .init("softshrink", [[9]], prepare: offKink) { softshrink($0[0], lambda: 0.1) },
    .init("hardshrink", [[9]], prepare: offKink) { hardshrink($0[0], lambda: 0.1) },
    .init("tanhshrink", [[9]]) { tanhshrink($0[0]) },
    .init("hardsigmoid", [[9]]) { hardsigmoid($0[0]) },
    .init("hardswish", [[9]]) { hardswish($0[0]) },
    .init("logSigmoid", [[9]]) { logSigmoid($0[0]) },
    .init("threshold", [[9]], prepare: offKink) { threshold($0[0], 0.1, value: -2) },
    .init("glu", [[3, 6]]) { glu($0[0]) },
    .init("maxout", [[3, 6, 2]]) { maxout($0[0], pieces: 3, axis: 1) },
    .init("softmin", [[3, 5]]) { softmin($0[0]) },
  ]

  private static let contractions: [PrimitiveCase] = [
    .init("einsum product", [[2, 3, 4], [2, 4, 5]]) { einsum("bij,bjk->bik", $0[0], $0[1]) },
    .init("einsum chain", [[2, 3], [3, 4], [4, 2]]) { einsum("ij,jk,kl->li", $0[0], $0[1], $0[2]) },
    .init("einsum diagonal", [[3, 2, 3], [2]]) { einsum("iji,j->ij", $0[0], $0[1]) },
    .init("einsum ellipsis", [[2, 1, 3, 4], [5, 4, 2]]) {
      einsum("...ij,...jk->...ik", $0[0], $0[1])
    },
    .init("einsum integers", [[3, 4], [4, 2]], differentiable: false) {
      einsum(
        "ij,jk->ki", ($0[0] * 9).cast(to: .int64), ($0[1] * 9).cast(to: .int64))
    },
    .init("outer", [[3], [4]]) { outer($0[0], $0[1]) },
    .init("dot", [[5], [5]]) { dot($0[0], $0[1]) },
    .init("tensordot", [[2, 3, 4], [4, 5, 2]]) {
      tensordot($0[0], $0[1], axes: ([0, 2], [2, 0]))
    },
    .init("kron", [[2, 3], [3, 2]]) { kron($0[0], $0[1]) },
  ]
}
