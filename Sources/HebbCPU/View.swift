import HebbCore

/// A value in memory: a buffer of the plan seen with a shape and strides.
struct View: Hashable {
  /// The buffer's index in the plan.
  var buffer: Int
  /// The first element, counted from the start of the buffer.
  var offset: Int
  var shape: Shape
  var strides: Strides
  var dtype: DType

  /// A whole buffer in row-major order.
  init(buffer: Int, type: TensorType) {
    self.buffer = buffer
    offset = 0
    shape = type.shape
    strides = type.shape.rowMajorStrides
    dtype = type.dtype
  }

  var byteOffset: Int { offset * dtype.byteCount }

  /// Whether the elements lie one after the other in row-major order.
  var isRowMajor: Bool { hasStrides(shape.rowMajorStrides) }

  /// Whether the elements lie where `expected` strides would put them; axes of size 1 do not matter.
  func hasStrides(_ expected: Strides) -> Bool {
    for axis in 0..<shape.rank where shape[axis] > 1 && strides[axis] != expected[axis] {
      return false
    }
    return true
  }

  func permuted(_ order: [Int]) -> View {
    var result = self
    result.shape = Shape(order.map { shape[$0] })
    result.strides = Strides(order.map { strides[$0] })
    return result
  }

  func broadcast(to target: Shape) -> View {
    var result = self
    result.shape = target
    result.strides = Strides(repeating: 0, rank: target.rank)
    let shift = target.rank - shape.rank
    for axis in 0..<shape.rank where shape[axis] == target[axis + shift] {
      result.strides[axis + shift] = strides[axis]
    }
    return result
  }

  func sliced(starts: [Int], sizes: Shape, steps: [Int]) -> View {
    var result = self
    result.shape = sizes
    for axis in 0..<shape.rank {
      result.offset += starts[axis] * strides[axis]
      result.strides[axis] = strides[axis] * steps[axis]
    }
    return result
  }

  /// The same memory under another shape; nil where the elements would have to move.
  func reshaped(to target: Shape) -> View? {
    var result = self
    result.shape = target
    result.strides = target.rowMajorStrides
    if isRowMajor { return result }
    // Match runs of old axes, joined where they are contiguous, with runs of new ones.
    let old = (0..<shape.rank).filter { shape[$0] != 1 }
    var new = 0
    var position = 0
    while position < old.count {
      var oldSize = shape[old[position]]
      var last = position
      var newSize = 1
      let firstNew = new
      while new < target.rank, newSize < oldSize || target[new] == 1 {
        newSize *= target[new]
        new += 1
        while newSize > oldSize, last + 1 < old.count {
          last += 1
          oldSize *= shape[old[last]]
        }
      }
      guard newSize == oldSize else { return nil }
      for i in position..<last
      where strides[old[i]] != strides[old[i + 1]] * shape[old[i + 1]] { return nil }
      var step = strides[old[last]]
      for axis in stride(from: new - 1, through: firstNew, by: -1) {
        result.strides[axis] = step
        step *= target[axis]
      }
      position = last + 1
    }
    return result
  }
}

/// The orders in which plans keep the elements of images.
enum Layout {
  /// Batch, channels, height, width.
  case rowMajor
  /// Batch, (depth,) height, width, channels: what the convolutions of oneDNN prefer.
  case channelsLast

  func strides(of shape: Shape) -> Strides {
    guard self == .channelsLast else { return shape.rowMajorStrides }
    if shape.rank == 4 {
      let (c, h, w) = (shape[1], shape[2], shape[3])
      return Strides([h * w * c, 1, w * c, c])
    }
    guard shape.rank == 5 else { return shape.rowMajorStrides }
    let (c, d, h, w) = (shape[1], shape[2], shape[3], shape[4])
    return Strides([d * h * w * c, 1, h * w * c, w * c, c])
  }
}
