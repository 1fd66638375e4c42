/// A message in the wire format of protocol buffers, written field by field.
struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  /// A whole number, 0 or more, or a truth value.
  mutating func add(_ field: Int, _ value: Int) {
    key(field, 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  /// A number outside of a `oneof`: zero is left out, as the format's own writers do.
  mutating func add(_ field: Int, _ value: Double) {
    guard value.bitPattern != 0 else { return }
    key(field, 1)
    append(value.bitPattern.littleEndian)
  }

  mutating func add(_ field: Int, _ value: Float) {
    key(field, 5)
    append(value.bitPattern.littleEndian)
  }

  mutating func add(_ field: Int, _ value: String) { add(field, bytes: Array(value.utf8)) }

  mutating func add(_ field: Int, _ message: ProtocolBuffer) { add(field, bytes: message.bytes) }

  mutating func add(_ field: Int, bytes value: [UInt8]) {
    key(field, 2)
    varint(UInt64(value.count))
    bytes += value
  }

  mutating func add(_ field: Int, packed values: [Double]) {
    key(field, 2)
    varint(UInt64(values.count * 8))
    for value in values { append(value.bitPattern.littleEndian) }
  }

  private mutating func key(_ field: Int, _ kind: UInt64) { varint(UInt64(field) << 3 | kind) }

  private mutating func varint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  private mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number) { bytes += $0 }
  }
}
