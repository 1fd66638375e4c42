import HebbCore

/// What convolutions with kernels of our own share: where their results go, their scratch memory, and
/// weights in the order that a kernel reads.
extension PlanBuilder {
  typealias Floats = UnsafeMutablePointer<Float>

  /// Adds a kernel that computes an image, channels last.
  ///
  /// - Parameters:
  ///   - name: What it is called in profiles.
  ///   - index: The value that it computes.
  ///   - reads: The buffers that it reads.
  ///   - scratch: Bytes of memory that it needs while it runs.
  ///   - run: Computes the image.
  func addImage(
    _ name: String, _ index: Int, reads: [Int], scratch: Int64 = 0,
    _ run: @escaping (_ addresses: Addresses, _ image: Floats, UnsafeMutableRawPointer) -> Void
  ) {
    let (image, value) = imageTarget(index)
    addKernel(name, reads: reads, to: image, scratch: scratch, run)
    if image.buffer != value.buffer { addCopy(from: image, to: value) }
  }

  /// Adds a kernel that computes the gradient of a weight.
  func addWeightGradient(
    _ index: Int, x: View, dy: View, scratch: Int64,
    _ run:
      @escaping (_ x: Floats, _ dy: Floats, _ dw: Floats, _ scratch: UnsafeMutableRawPointer) ->
      Void
  ) {
    let dw = place(index)
    let name = "convolutionWeightGradient \(dw.shape)"
    addKernel(name, reads: [x.buffer, dy.buffer], to: dw, scratch: scratch) {
      run(x.floats($0), dy.floats($0), $1, $2)
    }
  }

  private func addKernel(
    _ name: String, reads: [Int], to target: View, scratch byteCount: Int64,
    _ run: @escaping (Addresses, Floats, UnsafeMutableRawPointer) -> Void
  ) {
    let scratch = scratch(byteCount: Int(byteCount))
    add(
      CallStep(name) { run($0, target.floats($0), $0[scratch]) }, reads: reads,
      writes: [target.buffer, scratch])
  }

  /// A buffer with a weight in the order that a kernel reads: kept from run to run where the weight stays,
  /// otherwise packed by every run.
  func packedFilters(
    _ index: Int, key: any Hashable & Sendable, byteCount: Int64,
    _ pack: @escaping (_ weight: UnsafePointer<Float>, _ packed: Floats) -> Void
  ) -> Int {
    let weight = dense(view(of: index))
    let kept = packedBuffer(weight, key: key, byteCount: Int(byteCount)) {
      pack($0.assumingMemoryBound(to: Float.self), $1.assumingMemoryBound(to: Float.self))
    }
    if let kept { return kept }
    let buffer = scratch(byteCount: Int(byteCount))
    let step = CallStep("pack weight \(weight.shape)") {
      pack(weight.floats($0), $0[buffer].assumingMemoryBound(to: Float.self))
    }
    add(step, reads: [weight.buffer], writes: [buffer])
    return buffer
  }
}

extension UnsafePointer<UnsafeMutableRawPointer> {
  /// A buffer's numbers.
  func floats(_ buffer: Int) -> UnsafeMutablePointer<Float> {
    self[buffer].assumingMemoryBound(to: Float.self)
  }
}
