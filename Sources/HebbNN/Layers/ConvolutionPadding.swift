import HebbCore

/// What a convolution layer puts around its input, and how much: PyTorch's `padding` and
/// `padding_mode`.
public struct ConvolutionPadding: Sendable, Hashable {
  /// Where the values of the padding come from.
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    /// Zeros.
    case zeros
    /// The input mirrored at its border elements, which are not repeated.
    case reflect
    /// The border elements repeated.
    case replicate
    /// The other end of the input.
    case circular
    /// The mean along the axis, as NumPy's `pad`.
    case mean

    /// The mode of `Tensor.padded` under PyTorch's name.
    fileprivate var values: PaddingMode {
      switch self {
      case .zeros: .zero
      case .reflect: .reflect
      case .replicate: .edge
      case .circular: .circular
      case .mean: .mean
      }
    }
  }

  /// Elements before and after each axis; nil for as many as keep ⌈size / stride⌉ windows.
  public let amounts: [Int]?
  /// Where their values come from.
  public let mode: Mode

  init(_ amounts: [Int]?, _ mode: Mode) { (self.amounts, self.mode) = (amounts, mode) }

  /// No padding: ⌈(size − kernel + 1) / stride⌉ windows.
  public static let valid = ConvolutionPadding([0], .zeros)

  /// As many zeros as give ⌈size / stride⌉ windows; where their number is odd, one more at the end.
  public static let same = ConvolutionPadding(nil, .zeros)

  /// As much padding as gives ⌈size / stride⌉ windows.
  public static func same(_ mode: Mode) -> ConvolutionPadding { ConvolutionPadding(nil, mode) }

  /// Zeros: one number for all axes, or one for each.
  public static func zeros(_ amounts: Int...) -> ConvolutionPadding {
    ConvolutionPadding(amounts, .zeros)
  }

  /// The mirrored input: one number for all axes, or one for each.
  public static func reflect(_ amounts: Int...) -> ConvolutionPadding {
    ConvolutionPadding(amounts, .reflect)
  }

  /// The repeated border: one number for all axes, or one for each.
  public static func replicate(_ amounts: Int...) -> ConvolutionPadding {
    ConvolutionPadding(amounts, .replicate)
  }

  /// The other end of the input: one number for all axes, or one for each.
  public static func circular(_ amounts: Int...) -> ConvolutionPadding {
    ConvolutionPadding(amounts, .circular)
  }

  /// The mean along each axis: one number for all axes, or one for each.
  public static func mean(_ amounts: Int...) -> ConvolutionPadding {
    ConvolutionPadding(amounts, .mean)
  }

  /// The padding of zeros that a geometry has itself.
  init(_ geometry: ConvolutionGeometry) { self.init(geometry.padding, .zeros) }

  /// Elements before and after each spatial axis of an input.
  func around(
    _ x: Shape, kernel: [Int], _ geometry: ConvolutionGeometry
  ) -> (before: [Int], after: [Int]) {
    if let amounts {
      let axes = x.rank - 2
      let each =
        amounts.count == 1 && axes > 1 ? Array(repeating: amounts[0], count: axes) : amounts
      return (each, each)
    }
    let totals = kernel.indices.map { axis in
      let (size, stride) = (x[2 + axis], geometry.stride[axis])
      let reach = geometry.dilation[axis] * (kernel[axis] - 1) + 1
      return max(((size + stride - 1) / stride - 1) * stride + reach - size, 0)
    }
    return (totals.map { $0 / 2 }, totals.map { $0 - $0 / 2 })
  }
}

extension Tensor {
  /// Padding around the spatial axes of `[batch, channels, ...]`, `before[i]` and `after[i]` elements
  /// of spatial axis i.
  func spatiallyPadded(
    _ name: String, before: [Int], after: [Int], _ mode: ConvolutionPadding.Mode
  ) -> Tensor {
    guard before.count == rank - 2, after.count == rank - 2 else {
      stop(
        "\(name): padding \(before), \(after) does not fit to the \(rank - 2) spatial axes of \(shape)"
      )
    }
    if before.allSatisfy({ $0 == 0 }), after.allSatisfy({ $0 == 0 }) { return self }
    if mode == .zeros { return padded(before: [0, 0] + before, after: [0, 0] + after) }
    var y = self
    for axis in 0..<before.count where before[axis] + after[axis] > 0 {
      let size = shape[2 + axis]
      let most = mode == .reflect ? size - 1 : mode == .circular ? size : Int.max
      guard before[axis] <= most, after[axis] <= most, size > 0 else {
        stop(
          "\(name): \(mode) padding of \(before[axis]) and \(after[axis]) on axis \(axis + 2) of "
            + "\(shape), which allows for at most \(most)")
      }
      y = y.padded(axis: 2 + axis, before: before[axis], after: after[axis], mode: mode.values)
    }
    return y
  }
}

/// A convolution with the padding of a layer.
func convolution(
  _ name: String, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry,
  _ padding: ConvolutionPadding
) -> Tensor {
  guard x.rank == weight.rank else {
    stop(
      "\(name): the input \(x.shape) has \(x.rank - 2) spatial axes, the weight \(weight.shape) has "
        + "\(weight.rank - 2)")
  }
  let kernel = Array(weight.shape.dropFirst(2))
  let (before, after) = padding.around(x.shape, kernel: kernel, geometry)
  var inner = geometry
  // Zeros that are equal on both sides cost nothing.
  if padding.mode == .zeros, before == after, before.count == kernel.count {
    inner.padding = before
    return convolution(x, weight, bias, inner)
  }
  inner.padding = Array(repeating: 0, count: kernel.count)
  let input = x.spatiallyPadded(name, before: before, after: after, padding.mode)
  return convolution(input, weight, bias, inner)
}

/// Weight and bias of a fresh convolution, uniform in ±1/√(inputs of an output), as in PyTorch.
func freshConvolution(
  _ name: String, weight: Shape, fanIn: Int, outputs: Int, hasBias: Bool, dtype: DType,
  using generator: inout PhiloxGenerator
) -> (weight: Tensor, bias: Tensor?) {
  let bound = 1 / Double(max(fanIn, 1)).squareRoot()
  let initializer = Initializer.uniform(-bound..<bound)
  let tensor = initializer(weight, dtype: dtype, using: &generator)
  return (tensor, hasBias ? initializer([outputs], dtype: dtype, using: &generator) : nil)
}

/// The geometry for the axes of a kernel; stops where channels, groups and lists do not fit.
func checkedGeometry(
  _ name: String, inputs: Int, outputs: Int, kernel: [Int], axes: Int,
  _ geometry: ConvolutionGeometry
) -> ConvolutionGeometry {
  let groups = geometry.groups
  guard kernel.count == axes, kernel.allSatisfy({ $0 > 0 }), groups > 0, inputs > 0, outputs > 0,
    inputs.isMultiple(of: groups), outputs.isMultiple(of: groups)
  else {
    stop(
      "\(name): \(inputs) inputs and \(outputs) outputs in \(groups) groups with kernel \(kernel): "
        + "the groups must divide both, the kernel has \(axes) positive sizes")
  }
  let fitted = geometry.fitted(to: axes)
  let lists = [fitted.stride, fitted.padding, fitted.dilation]
  guard lists.allSatisfy({ $0.count == axes }) else {
    stop(
      "\(name): stride \(geometry.stride), padding \(geometry.padding), dilation "
        + "\(geometry.dilation): \(axes) numbers each are expected")
  }
  return fitted
}
