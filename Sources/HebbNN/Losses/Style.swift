import HebbCore

/// The Gram matrices of pictures' features, X Xᵀ / (channels · height · width): how much channels fire
/// together, wherever they do.
///
/// - Parameter features: `[batch, channels, height, width]`.
/// - Returns: `[batch, channels, channels]`.
public func gramMatrix(_ features: Tensor) -> Tensor {
  guard features.rank == 4 else {
    stop("gramMatrix: features are [batch, channels, height, width], not \(features.shape)")
  }
  let (batch, channels) = (features.shape[0], features.shape[1])
  let pixels = features.shape[2] * features.shape[3]
  let rows = features.reshaped(to: Shape([batch, channels, pixels]))
  return matmul(rows, rows.transposed()) * (1 / Double(max(channels * pixels, 1)))
}

/// The style loss: the mean squared difference of Gram matrices (Gatys et al. 2016, equation 4, with
/// the divisors of "Dive into Deep Learning" §14.12). The target is not differentiated.
///
/// - Parameters:
///   - features: Of the picture that is made, `[batch, channels, height, width]`.
///   - style: The Gram matrices of the style's features, `[batch, channels, channels]`.
/// - Returns: A scalar.
public func styleLoss(features: Tensor, style: Tensor) -> Tensor {
  meanSquaredError(predictions: gramMatrix(features), targets: stopGradient(style))
}

/// The content loss: the mean squared difference of features (Gatys et al. 2016, equation 1, as a
/// mean). The target is not differentiated.
///
/// - Parameters:
///   - features: Of the picture that is made, any shape.
///   - content: Those of the content, in the same shape.
/// - Returns: A scalar.
public func contentLoss(features: Tensor, content: Tensor) -> Tensor {
  meanSquaredError(predictions: features, targets: stopGradient(content))
}

/// The total variation: half of the mean absolute difference of pixels above each other plus half of
/// that of pixels side by side (Rudin et al. 1992; "Dive into Deep Learning" §14.12).
///
/// - Parameter pictures: `[..., height, width]`, at least 2 × 2.
/// - Returns: A scalar: 0 for plain pictures, 1 for a checkerboard of 0 and 1.
public func totalVariation(_ pictures: Tensor) -> Tensor {
  let pictures = pictures.inAutocastPrecision
  guard pictures.rank >= 2, pictures.shape.suffix(2).allSatisfy({ $0 >= 2 }) else {
    stop("totalVariation: pictures are [..., height, width] from 2 × 2 on, not \(pictures.shape)")
  }
  func variation(_ axis: Int) -> Tensor {
    let n = pictures.shape[pictures.rank + axis]
    return abs(pictures.slice(axis: axis, 1..<n) - pictures.slice(axis: axis, 0..<n - 1)).mean()
  }
  return 0.5 * (variation(-2) + variation(-1))
}
