import CZlib

/// The envelopes around deflated data.
enum DeflateFormat {
  /// With gzip's header, checksum and length (RFC 1952).
  case gzip
  /// Bare (RFC 1951), as in zip archives.
  case raw

  /// zlib's code: a window of 2¹⁵ bytes, plus 16 for gzip, negated for none.
  var windowBits: Int32 {
    switch self {
    case .gzip: 31
    case .raw: -15
    }
  }

  /// An upper bound of what `count` compressed bytes can inflate to: a match of 258 bytes takes at
  /// least two bits.
  static func maximumInflatedCount(of count: Int) -> Int {
    let (product, overflow) = count.multipliedReportingOverflow(by: 1032)
    return overflow ? .max : product.addingReportingOverflow(2064).overflow ? .max : product + 2064
  }
}

/// zlib's inflate, one step at a time.
struct Inflater: ~Copyable {
  /// What a step ended with.
  enum Outcome {
    /// More input or more room is needed.
    case `continue`
    /// The compressed stream is complete and its checksum right.
    case ended
    /// The input is not a deflated stream.
    case damaged
  }

  // On the heap, because zlib's state points back to it.
  private let stream: UnsafeMutablePointer<z_stream>

  /// An inflater at the beginning of a stream; nil where there is no memory for it.
  init?(_ format: DeflateFormat) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, format.windowBits, ZLIB_VERSION, size) == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Begins the next stream.
  mutating func reset() { inflateReset(stream) }

  /// Inflates from `input` into `output` until one of them is used up or the stream ends.
  ///
  /// - Returns: How many bytes were taken and given.
  mutating func step(
    from input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (taken: Int, given: Int, outcome: Outcome) {
    let inputCount = UInt32(clamping: input.count)
    let outputCount = UInt32(clamping: output.count)
    // zlib demands an address even where there is nothing to read or write.
    var nothing: UInt8 = 0
    let result = withUnsafeMutablePointer(to: &nothing) { nothing in
      let source = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.next_in = source.map { UnsafeMutablePointer(mutating: $0) } ?? nothing
      stream.pointee.avail_in = inputCount
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? nothing
      stream.pointee.avail_out = outputCount
      return inflate(stream, Z_NO_FLUSH)
    }
    let outcome: Outcome =
      switch result {
      case Z_STREAM_END: .ended
      case Z_OK, Z_BUF_ERROR: .continue
      default: .damaged
      }
    return (
      Int(inputCount - stream.pointee.avail_in), Int(outputCount - stream.pointee.avail_out),
      outcome
    )
  }
}
