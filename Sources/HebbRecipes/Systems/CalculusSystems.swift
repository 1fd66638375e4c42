extension TextbookSystem {
  /// Tensor, calculus and automatic differentiation.
  static let calculus: [TextbookSystem] = [
    TextbookSystem(
      "chain-rule", "chain rule, reverse-mode automatic differentiation",
      in: "HebbCore/Autodiff/Gradients.swift",
      shownBy: "HebbCoreTests/GradientTests.swift:agreesWithDifferences",
      "HebbCoreTests/CalculusSystemsTests.swift:chainRuleOfTwiceTheSquare"),
    TextbookSystem(
      "gradient-check", "gradient checking",
      in: "HebbNN/Module/GradientCheck.swift",
      shownBy: "HebbNNTests/Module/GradientCheckTests.swift:namesTheParameterWithAPlantedSignError",
      "HebbNNTests/LayerCatalogTests.swift:gradientsAgreeWithDifferences",
      "HebbNNTests/Module/GradientCheckTests.swift:aTwoLayerNetworkForDigitsIsRight"),
    TextbookSystem(
      "jacobian", "Jacobian of a vector function",
      in: "HebbCore/Autodiff/Derivatives.swift",
      shownBy:
        "HebbCoreTests/LinearAlgebraGoldenTests.swift:jacobianAndHessianOfANetworkAgreeWithPyTorch",
      "HebbCoreTests/CalculusSystemsTests.swift:jacobianOfSoftmax"),
    TextbookSystem(
      "grad-layouts", "derivatives in numerator and denominator layout",
      in: "HebbCore/Autodiff/MatrixDerivative.swift",
      shownBy: "HebbCoreTests/CalculusSystemsTests.swift:derivativesInBothLayouts"),
    TextbookSystem(
      "hessian", "Hessian, second derivatives",
      in: "HebbCore/Autodiff/Derivatives.swift",
      shownBy:
        "HebbCoreTests/LinearAlgebraGoldenTests.swift:jacobianAndHessianOfANetworkAgreeWithPyTorch",
      "HebbCoreTests/CalculusSystemsTests.swift:hessianOfASaddle"),
    TextbookSystem(
      "saddle-test", "kinds of critical points by the eigenvalues of the Hessian",
      in: "HebbCore/Autodiff/CriticalPoint.swift",
      shownBy: "HebbCoreTests/CalculusSystemsTests.swift:eigenvaluesTellTheKindOfACriticalPoint"),
    TextbookSystem(
      "saddle-escape", "escape from a saddle along a direction of negative curvature",
      in: "HebbCore/Autodiff/CriticalPoint.swift",
      shownBy: "HebbCoreTests/CalculusSystemsTests.swift:aNegativeEigenvectorLeadsAwayFromTheSaddle"
    ),
    TextbookSystem(
      "taylor-expansion", "Taylor polynomial of the loss",
      in: "HebbCore/Autodiff/CriticalPoint.swift",
      shownBy: "HebbCoreTests/CalculusSystemsTests.swift:theTaylorPolynomialsErrorFallsAsTheCube"),
    TextbookSystem(
      "eigen", "eigenvalues and eigenvectors",
      in: "HebbCore/Operations/LinearAlgebra/SymmetricEigen.swift",
      shownBy: "HebbCoreTests/LinearAlgebraGoldenTests.swift:agreesWithPyTorch",
      "HebbCoreTests/LinearAlgebraGoldenTests.swift:eigenvaluesAgreeWithNumPy"),
    TextbookSystem(
      "computational-graph", "computational graph, unfolding",
      in: "HebbCore/Graph/GraphDOT.swift",
      shownBy: "HebbNNTests/CalculusSystemsTests.swift:theUnfoldedGraphEqualsTheRecurrence",
      "HebbCoreTests/DerivativeTests.swift:theGraphAsTextHasEveryOperationAndEdge"),
    TextbookSystem(
      "param-sharing", "shared parameters, sum of gradients",
      in: "HebbCore/Autodiff/Gradients.swift",
      shownBy:
        "HebbCoreTests/CalculusSystemsTests.swift:gradientOfASharedWeightIsTheSumOverItsCopies"),
    TextbookSystem(
      "param-count", "number of parameters",
      in: "HebbNN/Module/Summary.swift",
      shownBy: "HebbNNTests/CalculusSystemsTests.swift:numbersOfParameters",
      "HebbVisionTests/LeNet5Tests.swift:hasTheBooksParameters"),
    TextbookSystem(
      "bp-standard", "standard and accumulated back-propagation",
      in: "HebbCore/Autodiff/Gradients.swift",
      shownBy: "HebbCoreTests/CalculusSystemsTests.swift:standardBackPropagationByHand",
      "HebbCoreTests/CalculusSystemsTests.swift:accumulatedBackPropagationSumsOverTheExamples"),
    TextbookSystem(
      "grad-tape", "gradient tape, exponential decay of the rate",
      in: "HebbCore/Autodiff/Derivatives.swift",
      shownBy: "HebbCoreTests/CalculusSystemsTests.swift:exponentialDecayProgram",
      "HebbOptimTests/Demonstrations/OptimizerPathTests.swift:exponentiallyDecayingRate"),
    TextbookSystem(
      "convexity", "convex functions and problems",
      in: "HebbCore/Autodiff/CriticalPoint.swift",
      shownBy: "HebbCoreTests/CalculusSystemsTests.swift:convexityOfThreeFunctions",
      "HebbCoreTests/CalculusSystemsTests.swift:softmaxRegressionEndsAtOneLossAPerceptronDoesNot"),
    TextbookSystem(
      "ridge-invert", "regularization makes a singular matrix invertible",
      in: "HebbCore/Operations/LinearAlgebra/RidgeRegression.swift",
      shownBy: "HebbCoreTests/CalculusSystemsTests.swift:ridgeMakesASingularMatrixInvertible"),
    TextbookSystem(
      "zca", "ZCA whitening",
      in: "HebbCore/Operations/LinearAlgebra/ZCAWhitening.swift",
      shownBy: "HebbCoreTests/CalculusSystemsTests.swift:zcaWhiteningDecorrelates"),
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
    TextbookSystem(
      "multiply-accumulate", "matrix product, and its share in a network",
      in: "HebbCore/Operations/MatMul.swift",
      shownBy: "HebbCoreTests/ArithmeticGoldenTests.swift:agreesWithPyTorch", "recipe products"),
  ]
}
