import Glibc

extension Tensor: CustomStringConvertible {
  /// Shape, element type and elements, see `formatted(_:)`. Computes them.
  public var description: String { formatted() }

  /// How tensors are printed.
  public struct Format: Sendable, Hashable {
    /// Digits after the point.
    public var precision: Int
    /// With more elements than this, only the edges of each axis are shown.
    public var threshold: Int
    /// How many elements each edge has.
    public var edge: Int
    /// The number of columns that a line of elements fills.
    public var width: Int

    /// PyTorch's choice.
    public init(precision: Int = 4, threshold: Int = 1000, edge: Int = 3, width: Int = 80) {
      self.precision = precision
      self.threshold = threshold
      self.edge = edge
      self.width = width
    }
  }

  /// Shape and element type in one line, and below it the elements in nested brackets, aligned:
  ///
  ///     Tensor(shape: [2, 3], float32)
  ///     [[ 1.0000, -2.5000,  3.2500],
  ///      [ 0.0000,     nan,     inf]]
  ///
  /// Real numbers that are all whole have no digits after the point, `1.`; where the largest magnitude
  /// is above 10⁸ or 1000 times the smallest, or the smallest is below 10⁻⁴, all take the form
  /// `1.5000e-05` (PyTorch's rules). Large tensors show `...` between the edges of each axis. A scalar
  /// stands in the first line.
  public func formatted(_ format: Format = Format()) -> String {
    let header = "Tensor(shape: \(shape), \(dtype))"
    if count == 0 { return header + " []" }
    let shown = shape.map { size in
      count > format.threshold && size > 2 * format.edge
        ? Array(0..<format.edge) + [-1] + Array(size - format.edge..<size) : Array(0..<size)
    }
    return withBytes { bytes in
      let elements = ElementText(bytes: bytes, dtype: dtype)
      let layout = Layout(format: format, shape: shape, shown: shown)
      var positions: [Int] = []
      layout.visit { positions.append($0) }
      let style = elements.style(positions, precision: format.precision)
      let texts = positions.map { elements.text($0, style, precision: format.precision) }
      if rank == 0 { return header + " " + texts[0] }
      let cell = texts.lazy.map(\.utf8.count).max() ?? 0
      let padded = texts.map { String(repeating: " ", count: cell - $0.utf8.count) + $0 }
      var rest = padded[...]
      return header + "\n" + layout.text(&rest, cell: cell)
    }
  }
}

/// Which elements are shown, and how they are nested.
private struct Layout {
  let format: Tensor.Format
  let shape: Shape
  /// The indices of each axis; −1 for those left out.
  let shown: [[Int]]

  /// Calls `body` with the position of each shown element.
  func visit(_ axis: Int = 0, _ start: Int = 0, _ body: (Int) -> Void) {
    if axis == shape.rank { return body(start) }
    let step = shape.rowMajorStrides[axis]
    for index in shown[axis] where index >= 0 { visit(axis + 1, start + index * step, body) }
  }

  /// The elements of one axis in brackets; takes their texts from the front of `texts`.
  func text(_ texts: inout ArraySlice<String>, cell: Int, axis: Int = 0) -> String {
    let indent = String(repeating: " ", count: axis + 1)
    var parts: [String] = []
    let isInnermost = axis == shape.rank - 1
    for index in shown[axis] {
      if index < 0 {
        parts.append("...")
      } else if isInnermost {
        parts.append(texts.popFirst() ?? "")
      } else {
        parts.append(text(&texts, cell: cell, axis: axis + 1))
      }
    }
    if !isInnermost {
      // Blocks of matrices are apart by an empty line, as in NumPy.
      let lines = String(repeating: "\n", count: shape.rank - 1 - axis)
      return "[" + parts.joined(separator: "," + lines + indent) + "]"
    }
    let perLine = max(1, (format.width - indent.utf8.count) / (cell + 2))
    var lines: [String] = []
    for start in stride(from: 0, to: parts.count, by: perLine) {
      lines.append(parts[start..<min(start + perLine, parts.count)].joined(separator: ", "))
    }
    return "[" + lines.joined(separator: ",\n" + indent) + "]"
  }
}

/// Elements in memory as text.
private struct ElementText {
  enum Style { case whole, fixed, scientific }

  let bytes: UnsafeRawBufferPointer
  let dtype: DType

  func real(_ i: Int) -> Double {
    switch dtype {
    case .float32: Double(bytes.load(fromByteOffset: i * 4, as: Float.self))
    case .float64: bytes.load(fromByteOffset: i * 8, as: Double.self)
    case .bfloat16: Double(bytes.load(fromByteOffset: i * 2, as: BFloat16.self).floatValue)
    case .float16: Double(bytes.load(fromByteOffset: i * 2, as: Float16.self))
    default: 0
    }
  }

  func integer(_ i: Int) -> Int64 {
    switch dtype {
    case .int32: Int64(bytes.load(fromByteOffset: i * 4, as: Int32.self))
    case .int64: bytes.load(fromByteOffset: i * 8, as: Int64.self)
    default: Int64(bytes[i])
    }
  }

  /// The form that all shown elements share.
  func style(_ positions: [Int], precision: Int) -> Style {
    guard dtype.isFloatingPoint else { return .whole }
    let magnitudes = positions.map { Swift.abs(real($0)) }.filter { $0.isFinite && $0 != 0 }
    guard let largest = magnitudes.max(), let smallest = magnitudes.min() else { return .whole }
    let isWhole = magnitudes.allSatisfy { $0 == $0.rounded() }
    if isWhole { return largest > 1e8 || largest / smallest > 1000 ? .scientific : .whole }
    let isWide = largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4
    return isWide ? .scientific : .fixed
  }

  func text(_ i: Int, _ style: Style, precision: Int) -> String {
    if dtype == .bool { return integer(i) == 0 ? "false" : "true" }
    guard dtype.isFloatingPoint else { return String(integer(i)) }
    let value = real(i)
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    switch style {
    case .whole: return printed("%.0f.", value)
    case .fixed: return printed("%.\(precision)f", value)
    case .scientific: return printed("%.\(precision)e", value)
    }
  }
}

/// A number by a format of C.
private func printed(_ format: String, _ value: Double) -> String {
  var buffer = [CChar](repeating: 0, count: 400)
  let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
  let bytes = buffer.prefix(Int(max(length, 0))).map(UInt8.init(bitPattern:))
  return String(decoding: bytes, as: UTF8.self)
}
