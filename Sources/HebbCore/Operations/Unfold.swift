/// Every window of an image as a column (im2col), as PyTorch's `unfold`: a convolution is then one
/// matrix product with the flattened weight.
///
/// - Parameters:
///   - x: `[batch, channels, ...spatial]` with one, two or three spatial axes.
///   - kernel: The size of the window along each axis.
///   - geometry: Stride, padding and dilation; groups do not matter.
/// - Returns: `[batch, channels · elements of the window, windows]`, windows in row order. Takes as many
///   times the memory of x as windows overlap.
public func unfold(
  _ x: Tensor, kernel: [Int], _ geometry: ConvolutionGeometry = ConvolutionGeometry()
) -> Tensor {
  let windows = Windows("unfold", x.shape.dropFirst(2), kernel, geometry)
  let around = [0, 0] + windows.padding
  let flat = x.padded(before: around, after: around).flattened(from: 2)
  let columns = flat.gathering(windows.places, axis: 2)
  return columns.reshaped(to: [x.shape[0], x.shape[1] * windows.taps, windows.count])
}

/// Adds every column to its window (col2im), as PyTorch's `fold`: the transpose of `unfold`, so that
/// fold(unfold(x)) is x times the number of windows that hold each element.
///
/// - Parameters:
///   - columns: `[batch, channels · elements of the window, windows]`.
///   - size: The spatial axes of the result.
///   - kernel: The size of the window along each axis.
///   - geometry: Stride, padding and dilation.
/// - Returns: `[batch, channels, ...size]`.
public func fold(
  _ columns: Tensor, to size: [Int], kernel: [Int],
  _ geometry: ConvolutionGeometry = ConvolutionGeometry()
) -> Tensor {
  let windows = Windows("fold", size[...], kernel, geometry)
  guard columns.rank == 3, columns.shape[1].isMultiple(of: windows.taps),
    columns.shape[2] == windows.count
  else {
    trap(
      TensorError(
        "fold: \(columns.shape) is not [batch, channels · \(windows.taps), \(windows.count)], as the "
          + "window \(kernel) in \(size) needs"))
  }
  let (n, c) = (columns.shape[0], columns.shape[1] / windows.taps)
  let parts = columns.reshaped(to: [n, c, windows.taps, windows.count])
  let padded = zip(size, windows.padding).map { $0 + 2 * $1 }
  let whole: Shape = [n, c, padded.reduce(1, *)]
  var y = record(ScatterAdd(axis: 2, shape: whole), parts, windows.places)
    .reshaped(to: [n, c] + padded)
  for axis in 0..<size.count where windows.padding[axis] > 0 {
    let start = windows.padding[axis]
    y = y.slice(axis: axis + 2, start..<start + size[axis])
  }
  return y
}

/// The places of all windows in the flattened padded image.
private struct Windows {
  let padding: [Int]
  /// Elements of a window.
  let taps: Int
  /// Windows.
  let count: Int
  /// `[taps, windows]`.
  let places: Tensor

  init(
    _ name: String, _ size: some Sequence<Int>, _ kernel: [Int], _ geometry: ConvolutionGeometry
  ) {
    let sizes = Array(size)
    let fitted = geometry.fitted(to: sizes.count)
    do throws(TensorError) {
      try fitted.check(name, axes: sizes.count)
    } catch { trap(error) }
    guard kernel.count == sizes.count, kernel.allSatisfy({ $0 > 0 }) else {
      trap(TensorError("\(name): the kernel \(kernel) does not fit to \(sizes)"))
    }
    let steps = (0..<sizes.count).map {
      fitted.outputSize(sizes[$0], kernel: kernel[$0], axis: $0)
    }
    if let axis = steps.firstIndex(of: 0) {
      trap(
        TensorError("\(name): the kernel \(kernel) is larger than \(sizes) along axis \(axis + 2)"))
    }
    // Places of taps, and of windows, in the flattened image; their sums are all places.
    var offsets = [0]
    var starts = [0]
    for axis in 0..<sizes.count {
      let size = sizes[axis] + 2 * fitted.padding[axis]
      offsets = offsets.flatMap { place in
        (0..<kernel[axis]).map { place * size + $0 * fitted.dilation[axis] }
      }
      starts = starts.flatMap { place in
        (0..<steps[axis]).map { place * size + $0 * fitted.stride[axis] }
      }
    }
    padding = fitted.padding
    (taps, count) = (offsets.count, starts.count)
    let all = offsets.flatMap { offset in starts.map { $0 + offset } }
    places = Tensor(all, shape: [offsets.count, starts.count])
  }
}
