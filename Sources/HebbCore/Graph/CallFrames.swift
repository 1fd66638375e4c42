import Glibc

/// What the current thread is computing: the modules whose calls are open, outermost first.
///
/// A call adds and removes one reference; the frames are read only where something stops, to say in
/// which layer, and in dry runs.
package final class CallFrames {
  /// The open calls.
  package private(set) var modules: [AnyObject] = []
  /// Puts the open calls into words; set by whoever knows modules.
  package var describe: (([AnyObject]) -> String?)?
  /// What a dry run notes; nil outside of dry runs.
  package var dryRun: DryRun?

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { pointer in
      if let pointer { Unmanaged<CallFrames>.fromOpaque(pointer).release() }
    }
    return key
  }()

  /// The frames of this thread; nil before its first call.
  package static var existing: CallFrames? {
    guard let pointer = pthread_getspecific(key) else { return nil }
    return Unmanaged<CallFrames>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// The frames of this thread.
  package static var current: CallFrames {
    if let existing { return existing }
    let fresh = CallFrames()
    pthread_setspecific(key, Unmanaged.passRetained(fresh).toOpaque())
    return fresh
  }

  /// Opens a call.
  package func push(_ module: AnyObject) { modules.append(module) }

  /// Closes the call that was opened last.
  package func pop() { modules.removeLast() }

  /// `fc1 (Linear): ` where something is being called, else empty.
  package static var prefix: String { place.map { $0 + ": " } ?? "" }

  /// `fc1 (Linear)` where something is being called.
  static var place: String? {
    guard let frames = existing, !frames.modules.isEmpty else { return nil }
    return frames.describe?(frames.modules)
  }
}

/// What a dry run counts while operations are recorded and nothing is computed.
package final class DryRun {
  /// The arithmetic of everything that has been recorded.
  package private(set) var operationCount = 0

  /// Told of each module whose call has ended: its result, and the arithmetic in it.
  private let callEnded: (_ module: AnyObject, _ result: Any, _ operationCount: Int) -> Void

  package init(callEnded: @escaping (AnyObject, Any, Int) -> Void) { self.callEnded = callEnded }

  /// Tells of a call that began when the count stood at `before`.
  package func end(_ module: AnyObject, _ result: Any, since before: Int) {
    callEnded(module, result, operationCount - before)
  }

  func note(_ primitive: some Primitive, _ inputs: Operands, _ type: TensorType) {
    operationCount += primitive.operationCount(inputs, type)
  }
}
