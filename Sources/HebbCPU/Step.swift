import HebbCore

/// The memory of a run: the address of every buffer of the plan.
typealias Addresses = UnsafePointer<UnsafeMutableRawPointer>

/// One kernel call of a plan.
class Step: @unchecked Sendable {
  /// What a profile shows.
  var label: String { "\(Self.self)" }

  /// Bytes that it reads and writes, each operand once; nil for those of whole buffers.
  var traffic: (read: Int, written: Int)? { nil }

  /// Does the work.
  func run(_ addresses: Addresses) { preconditionFailure("\(label) does nothing") }
}

extension View {
  /// The address of the first element in a run.
  @inline(__always) func address(_ addresses: Addresses) -> UnsafeMutableRawPointer {
    addresses[buffer] + byteOffset
  }

  /// The first element of a `float32` view in a run.
  func floats(_ addresses: Addresses) -> UnsafeMutablePointer<Float> {
    address(addresses).assumingMemoryBound(to: Float.self)
  }
}

/// A step that calls a closure with the addresses.
final class CallStep: Step, @unchecked Sendable {
  private let name: String
  private let body: (Addresses) -> Void

  init(_ name: String, _ body: @escaping (Addresses) -> Void) {
    self.name = name
    self.body = body
  }

  override var label: String { name }
  override func run(_ addresses: Addresses) { body(addresses) }
}
