/// The products of a convolution of images that lie channels last: x `[batch, height, width, in]`, weights
/// `[out, in, kernel height, kernel width]`, y `[batch, out height, out width, out]`.
public struct ConvolutionProducts {
  /// One axis: place p of the result reads positions p stride − pad + t dilation.
  public struct Axis {
    var (size, outSize, kernel, stride, pad, dilation): (Int, Int, Int, Int, Int, Int)

    /// An axis.
    public init(
      size: Int64, outSize: Int64, kernel: Int64, stride: Int64 = 1, pad: Int64,
      dilation: Int64 = 1
    ) {
      (self.size, self.outSize, self.kernel) = (Int(size), Int(outSize), Int(kernel))
      (self.stride, self.pad, self.dilation) = (Int(stride), Int(pad), Int(dilation))
    }
  }

  /// What is summed.
  public enum Operation: CaseIterable, Sendable {
    case forward, inputGradient, weightGradient
  }

  private let (batch, channels, filters): (Int, Int, Int)
  private let (height, width): (Axis, Axis)

  /// A convolution.
  public init(batch: Int64, in channels: Int64, out filters: Int64, height: Axis, width: Axis) {
    (self.batch, self.channels, self.filters) = (Int(batch), Int(channels), Int(filters))
    (self.height, self.width) = (height, width)
  }

  /// The result in double precision, and the sums of absolute products by which errors are measured.
  public func sums(
    _ operation: Operation, x: [Float], w: [Float], dy: [Float]
  ) -> (values: [Double], scales: [Double]) {
    let counts = [Operation.forward: dy.count, .inputGradient: x.count, .weightGradient: w.count]
    var values = [Double](repeating: 0, count: counts[operation] ?? 0)
    var scales = values
    forEach { i, j, k in
      let (place, product) =
        switch operation {
        case .forward: (k, Double(x[i]) * Double(w[j]))
        case .inputGradient: (i, Double(dy[k]) * Double(w[j]))
        case .weightGradient: (j, Double(x[i]) * Double(dy[k]))
        }
      values[place] += product
      scales[place] += abs(product)
    }
    return (values, scales)
  }

  /// Calls `body` with the places in x, the weight and y of each product.
  private func forEach(_ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
    let window = height.kernel * width.kernel
    for place in 0..<batch * height.outSize * width.outSize {
      let (column, rest) = (place % width.outSize, place / width.outSize)
      let (row, image) = (rest % height.outSize, rest / height.outSize)
      for tap in 0..<window {
        let (u, v) = (tap / width.kernel, tap % width.kernel)
        let i = row * height.stride - height.pad + u * height.dilation
        let j = column * width.stride - width.pad + v * width.dilation
        guard (0..<height.size).contains(i), (0..<width.size).contains(j) else { continue }
        let from = ((image * height.size) + i) * width.size + j
        for o in 0..<filters {
          for c in 0..<channels {
            body(from * channels + c, (o * channels + c) * window + tap, place * filters + o)
          }
        }
      }
    }
  }
}
