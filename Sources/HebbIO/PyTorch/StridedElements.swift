import HebbCore

/// Elements at regular places of memory, in the order of a tensor's axes.
struct StridedElements {
  let element: PickleElement
  let sizes: [Int]
  /// Between neighbors along each axis, in elements.
  let strides: [Int]

  init(_ element: PickleElement, _ sizes: [Int], _ strides: [Int]) {
    self.element = element
    self.sizes = sizes
    self.strides = strides
  }

  /// Whether the elements follow one another in row-major order.
  var isContiguous: Bool {
    if sizes.contains(0) { return true }
    var step = 1
    for (size, stride) in zip(sizes, strides).reversed() where size > 1 {
      guard stride == step else { return false }
      step *= size
    }
    return true
  }

  /// Whether the tensor has a larger element type than the file.
  var grows: Bool { element.byteCount < element.dtype.byteCount }

  /// Copies the elements to row-major order; `source` begins with the first.
  func gather(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
    switch element {
    case .int8: gather(source, into: target) { (value: Int8) in Int32(value) }
    case .int16: gather(source, into: target) { (value: Int16) in Int32(value) }
    default:
      switch element.byteCount {
      case 1: gather(source, into: target) { (value: UInt8) in value }
      case 2: gather(source, into: target) { (value: UInt16) in value }
      case 4: gather(source, into: target) { (value: UInt32) in value }
      default: gather(source, into: target) { (value: UInt64) in value }
      }
    }
  }

  private func gather<Stored: BitwiseCopyable, Value: BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
    _ convert: (Stored) -> Value
  ) {
    let width = MemoryLayout<Stored>.size
    var place = [Int](repeating: 0, count: sizes.count)
    var offset = 0
    for start in stride(from: 0, to: target.count, by: MemoryLayout<Value>.size) {
      let stored = source.loadUnaligned(fromByteOffset: offset * width, as: Stored.self)
      target.storeBytes(of: convert(stored), toByteOffset: start, as: Value.self)
      var axis = sizes.count - 1
      while axis >= 0 {
        place[axis] += 1
        offset += strides[axis]
        if place[axis] < sizes[axis] { break }
        offset -= place[axis] * strides[axis]
        place[axis] = 0
        axis -= 1
      }
    }
  }
}
