import HebbCore

/// A form in two inputs, yₖ = x₁ᵀ Wₖ x₂ + bₖ, as PyTorch's `nn.Bilinear`.
///
/// Weight and bias start uniform in ±1/√first.
///
/// Shapes: `[..., first]` and `[..., second]` → `[..., outputs]`.
public final class Bilinear: Module {
  /// W, `[outputs, first, second]`.
  @Parameter public var weight: Tensor
  /// b, `[outputs]`; nil without bias.
  @Parameter public var bias: Tensor?

  /// A layer with random weights.
  ///
  /// - Parameters:
  ///   - first: Features of x₁.
  ///   - second: Features of x₂.
  ///   - outputs: Features of y.
  ///   - bias: Whether b is added.
  ///   - generator: Where the weights come from; advanced.
  public init(
    first: Int, second: Int, outputs: Int, bias: Bool = true,
    using generator: inout PhiloxGenerator
  ) {
    let bound = 1 / Double(max(first, 1)).squareRoot()
    let initializer = Initializer.uniform(-bound..<bound)
    weight = initializer([outputs, first, second], using: &generator)
    self.bias = bias ? initializer([outputs], using: &generator) : nil
  }

  /// x₁ᵀ W x₂ + b.
  public func callAsFunction(_ x1: Tensor, _ x2: Tensor) -> Tensor {
    calling {
      let (outputs, first, second) = (weight.shape[0], weight.shape[1], weight.shape[2])
      guard x1.shape.last == first, x2.shape.last == second,
        x1.shape.dropLast().elementsEqual(x2.shape.dropLast())
      else {
        stop(
          "Bilinear: expects [..., \(first)] and [..., \(second)] with equal outer axes, not "
            + "\(x1.shape) and \(x2.shape)")
      }
      let matrix = weight.permuted([1, 0, 2]).reshaped(to: [first, outputs * second])
      let left = matmul(x1.reshaped(to: [-1, first]), matrix)
        .reshaped(to: [-1, outputs, second])
      let right = x2.reshaped(to: [-1, second, 1])
      let y = matmul(left, right).reshaped(to: Array(x1.shape.dropLast()) + [outputs])
      return bias.map { y + $0 } ?? y
    }
  }
}
