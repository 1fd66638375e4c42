import HebbCore
import Synchronization

/// Which operations this process has computed with their oracle, the plain and slow implementation,
/// because the fast backend has no step for them in that element type.
public enum OracleFallbacks {
  private static let used = Mutex<Set<String>>([])

  /// The operations with the element type of their results, sorted, as `matmul int64`.
  public static var seen: [String] { used.withLock { $0.sorted() } }

  static func note(_ primitive: any Primitive, _ dtype: DType) {
    used.withLock { _ = $0.insert("\(primitive.name) \(dtype)") }
  }
}
