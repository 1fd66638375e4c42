import HebbCore

/// The type with sizes that a file claims, or nil where no tensor can have it: more than eight
/// axes, a negative size, or more bytes than addresses. Sizes of zero do not hide an overflow.
func checkedType(_ sizes: [Int], _ dtype: DType) -> TensorType? {
  guard sizes.count <= Shape.maximumRank else { return nil }
  var byteCount = dtype.byteCount
  for size in sizes {
    guard size >= 0 else { return nil }
    let (product, overflow) = byteCount.multipliedReportingOverflow(by: max(size, 1))
    guard !overflow else { return nil }
    byteCount = product
  }
  return TensorType(Shape(sizes), dtype)
}

/// Sizes in brackets, as a `Shape` prints them, but of any number.
func bracketed(_ sizes: [Int]) -> String {
  let shown = sizes.prefix(12).map { String($0) }.joined(separator: ", ")
  return sizes.count > 12 ? "[\(shown), …]" : "[\(shown)]"
}
