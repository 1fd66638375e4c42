import HebbIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file of events that TensorBoard reads: scalars, histograms, texts and pictures by step.
///
/// ```swift
/// let events = try EventFile(folder: "runs/lenet")
/// try events.add(scalar: 0.31, tag: "loss/train", step: 100)
/// ```
/// Records are framed as TFRecord (length, checksum, data, checksum; the checksum is CRC-32C, masked)
/// and hold a protocol buffer `Event` of `tensorflow/core/util/event.proto`, encoded here by hand.
public final class EventFile {
  /// The file.
  public let path: String

  private let descriptor: Int32
  /// Seconds since 1970, the time of the next event.
  package var now: () -> Double = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Begins a file in a folder, with a name that no other has.
  ///
  /// - Parameters:
  ///   - folder: The folder, which exists.
  ///   - step: Where a resumed run goes on: what earlier files of the folder say of later steps is
  ///     hidden by TensorBoard. Nil at the beginning.
  /// - Throws: `DataError` if the file cannot be written.
  public convenience init(folder: String, resumingAt step: Int? = nil) throws(DataError) {
    let begin = time(nil)
    for attempt in 0..<1000 {
      let suffix = attempt == 0 ? "" : ".\(attempt)"
      let path = "\(folder)/events.out.tfevents.\(begin).\(getpid())\(suffix)"
      guard access(path, F_OK) != 0 else { continue }
      try self.init(path: path, resumingAt: step)
      return
    }
    throw DataError(folder, "expected a free name for a file of events, found none; clear it up")
  }

  /// Begins a file; one that exists is replaced.
  ///
  /// - Throws: `DataError` if the file cannot be written.
  package init(
    path: String, resumingAt step: Int? = nil, now: (() -> Double)? = nil
  ) throws(DataError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o666)
    self.path = path
    guard descriptor >= 0 else {
      throw DataError(path, "cannot be written: \(Folder.why(errno))")
    }
    if let now { self.now = now }
    var version = event(step: nil)
    version.add(3, "brain.Event:2")
    try write(version)
    guard let step else { return }
    // SessionLog with status START makes TensorBoard forget later steps.
    var session = ProtocolBuffer()
    session.add(1, 1)
    var start = event(step: step)
    start.add(7, session)
    try write(start)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Adds a number.
  ///
  /// - Throws: `DataError` if the disk is full or the device fails.
  public func add(scalar value: Double, tag: String, step: Int) throws(DataError) {
    try add(tag, step) { $0.add(2, Float(value)) }
  }

  /// Adds the distribution of some numbers; those that are not finite are left out.
  ///
  /// - Throws: `DataError` if the disk is full or the device fails.
  public func add(histogram values: [Double], tag: String, step: Int) throws(DataError) {
    try add(ValueHistogram(of: values), tag: tag, step: step)
  }

  /// Adds a distribution.
  ///
  /// - Throws: `DataError` if the disk is full or the device fails.
  public func add(_ histogram: ValueHistogram, tag: String, step: Int) throws(DataError) {
    var message = ProtocolBuffer()
    message.add(1, histogram.minimum)
    message.add(2, histogram.maximum)
    message.add(3, Double(histogram.count))
    message.add(4, histogram.sum)
    message.add(5, histogram.sumOfSquares)
    message.add(6, packed: histogram.edges)
    message.add(7, packed: histogram.counts.map(Double.init))
    try add(tag, step) { $0.add(5, message) }
  }

  /// Adds a text, which TensorBoard shows as Markdown.
  ///
  /// - Throws: `DataError` if the disk is full or the device fails.
  public func add(text: String, tag: String, step: Int) throws(DataError) {
    var plugin = ProtocolBuffer()
    plugin.add(1, "text")
    var metadata = ProtocolBuffer()
    metadata.add(1, plugin)
    var tensor = ProtocolBuffer()
    tensor.add(1, 7)  // DT_STRING
    // A shape of one dimension with one element.
    var size = ProtocolBuffer()
    size.add(1, 1)
    var shape = ProtocolBuffer()
    shape.add(2, size)
    tensor.add(2, shape)
    tensor.add(8, text)
    try add(tag + "/text_summary", step) {
      $0.add(8, tensor)
      $0.add(9, metadata)
    }
  }

  /// Adds a picture.
  ///
  /// - Parameters:
  ///   - png: The contents of a PNG file.
  ///   - width: Its width in pixels.
  ///   - height: Its height in pixels.
  ///   - tag: What it is called.
  ///   - step: The step that it belongs to.
  /// - Throws: `DataError` if the disk is full or the device fails.
  public func add(
    png: [UInt8], width: Int, height: Int, tag: String, step: Int
  ) throws(DataError) {
    var image = ProtocolBuffer()
    image.add(1, height)
    image.add(2, width)
    image.add(3, 3)
    image.add(4, bytes: png)
    try add(tag, step) { $0.add(4, image) }
  }

  /// Forces the events to the disk.
  ///
  /// - Throws: `DataError` if the device fails.
  public func synchronize() throws(DataError) {
    guard fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP else { return }
    throw DataError(path, "cannot be written: \(Folder.why(errno))")
  }

  private func event(step: Int?) -> ProtocolBuffer {
    var event = ProtocolBuffer()
    event.add(1, now())
    if let step { event.add(2, step) }
    return event
  }

  private func add(
    _ tag: String, _ step: Int, _ content: (inout ProtocolBuffer) -> Void
  ) throws(DataError) {
    var value = ProtocolBuffer()
    value.add(1, tag)
    content(&value)
    var summary = ProtocolBuffer()
    summary.add(1, value)
    var event = event(step: step)
    event.add(5, summary)
    try write(event)
  }

  private func write(_ event: ProtocolBuffer) throws(DataError) {
    let record = Self.record(event.bytes)
    var written = 0
    while written < record.count {
      let result = record.withUnsafeBytes {
        #if canImport(Glibc)
          Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, record.count - written)
        #elseif canImport(Musl)
          Musl.write(descriptor, $0.baseAddress.map { $0 + written }, record.count - written)
        #else
          Darwin.write(descriptor, $0.baseAddress.map { $0 + written }, record.count - written)
        #endif
      }
      if result < 0, errno == EINTR { continue }
      guard result > 0 else {
        throw DataError(path, "cannot be written: \(Folder.why(result < 0 ? errno : ENOSPC))")
      }
      written += result
    }
  }

  /// A TFRecord: the length as 8 bytes, its checksum, the data, their checksum, all little-endian.
  package static func record(_ data: [UInt8]) -> [UInt8] {
    let length = Array(bytes: UInt64(data.count).littleEndian)
    return length + Array(bytes: CRC32C.masked(length).littleEndian) + data
      + Array(bytes: CRC32C.masked(data).littleEndian)
  }
}

extension [UInt8] {
  /// The bytes of a number as they lie in memory.
  fileprivate init(bytes number: some FixedWidthInteger) {
    self = Swift.withUnsafeBytes(of: number) { Array($0) }
  }
}
