/// Selections whose size depends on the data: they evaluate the tensor, since a shape has to be known
/// when an operation is recorded.

extension Tensor {
  /// The truth of each element: whether it differs from 0.
  private var isNonZero: Tensor { dtype == .bool ? self : self .!= 0 }

  /// The places of the elements that are not 0, counted in row-major order: `[count]`, `int64`.
  ///
  /// - Note: Evaluates this tensor.
  public func nonZeroPositions() -> Tensor {
    let truths = isNonZero.withBytes { bytes in
      bytes.enumerated().compactMap { $1 == 0 ? nil : $0 }
    }
    return Tensor(truths)
  }

  /// The indices of the elements that are not 0, in row-major order, as in `torch.nonzero`:
  /// `[count, rank]`, `int64`.
  ///
  /// - Note: Evaluates this tensor.
  public func nonZeroIndices() -> Tensor {
    let positions = nonZeroPositions().integers()
    var indices = Array(repeating: 0, count: positions.count * rank)
    for (row, position) in positions.enumerated() {
      var rest = position
      for axis in stride(from: rank - 1, through: 0, by: -1) {
        indices[row * rank + axis] = rest % shape[axis]
        rest /= shape[axis]
      }
    }
    return Tensor(indices, shape: [positions.count, rank])
  }

  /// The slices where a mask holds, in row-major order, as in `x[mask]` of NumPy.
  ///
  /// - Parameter mask: `bool`, the outer axes of this tensor. It is evaluated.
  /// - Returns: `[count, ...]` with the axes that the mask does not have.
  public func masked(by mask: Tensor) -> Tensor {
    guard mask.dtype == .bool, mask.rank <= rank, Shape(shape[..<mask.rank]) == mask.shape else {
      trap(TensorError("masked: mask \(mask.type) does not fit to the outer axes of \(type)"))
    }
    let rows = reshaped(to: Shape([mask.count] + Array(shape[mask.rank...])))
    return rows.gathering(mask.nonZeroPositions())
  }

  /// This tensor with a number where the mask holds, as in PyTorch's `masked_fill`.
  ///
  /// - Parameters:
  ///   - mask: `bool`; both broadcast.
  ///   - value: The number.
  /// - Returns: The broadcast shape.
  public func maskedFill(by mask: Tensor, with value: Double) -> Tensor {
    select(mask, scalar(value), self)
  }

  /// The different elements in ascending order, where each element of the tensor is among them, and
  /// how often each occurs, as in `torch.unique`. Each NaN is different.
  ///
  /// - Returns: Values and counts `[found]`, inverse in the shape of this tensor with
  ///   values[inverse] = x. The gradient of a value goes to the first element that has it.
  /// - Note: Evaluates this tensor.
  public func unique() -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    let n = count
    if n == 0 {
      let none = Tensor([] as [Int])
      return (flattened(), none.reshaped(to: shape), none)
    }
    let flat = flattened()
    let order = flat.argSorted()
    let sorted = flat.gathering(order)
    let isNew = concatenate([
      Tensor([true]), sorted.slice(axis: 0, 1..<n) .!= sorted.slice(axis: 0, 0..<n - 1),
    ])
    let ids = isNew.cast(to: .int64).cumulativeSum(axis: 0) - 1
    let found = ids[-1].integers()[0] + 1
    let first = Tensor.full([found], Double(n - 1), dtype: .int64)
      .scattering(.range(n), at: ids, combining: .minimum)
    let inverse = Tensor.zeros([n], dtype: .int64).scattering(ids, at: order)
    return (sorted.gathering(first), inverse.reshaped(to: shape), ids.binCount(found))
  }
}
