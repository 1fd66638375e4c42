extension TextbookSystem {
  /// Tensor, calculus and automatic differentiation.
  static let calculus: [TextbookSystem] = [
    TextbookSystem(
      "affine-backward", "fully connected layer and its gradients",
      in: "HebbNN/Layers/Linear.swift",
      shownBy: "HebbNNTests/Layers/LinearTests.swift:agreesWithPyTorch"),
    TextbookSystem(
      "nd-tensor", "N-dimensional tensor, (N, C, H, W) layout", in: "HebbCore/Tensor.swift",
      shownBy: "HebbCoreTests/NumPyShapesTests.swift:broadcastsAsNumPy",
      "HebbCoreTests/NumPyShapesTests.swift:slicesAsNumPy",
      "HebbCoreTests/NumPyShapesTests.swift:reducesAsNumPy",
      "HebbCoreTests/NumPyShapesTests.swift:transposesAsNumPy"),
    TextbookSystem(
      "partial-derivative", "partial derivative and gradient vector",
      in: "HebbCore/Autodiff/Gradients.swift",
      shownBy: "HebbCoreTests/NumericalGradientTests.swift:partialDerivativesOfTheParaboloid"),
    TextbookSystem(
      "numeric-diff", "numerical differentiation, forward and central difference",
      in: "HebbCore/Autodiff/NumericalGradient.swift",
      shownBy: "HebbCoreTests/NumericalGradientTests.swift:errorFollowsThePower"),
  ]
}
