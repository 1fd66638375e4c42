import Synchronization

/// What the nodes of all graphs share: the lock that guards their changing parts, and numbered
/// traversals. The lock is never held while kernels run.
enum Graph {
  static let lock = Mutex<UInt64>(0)

  /// Marks nodes with indices for as long as `body` runs.
  static func withTraversal<R>(_ body: (Traversal) -> R) -> R {
    lock.withLock { epoch in
      epoch += 1
      return body(Traversal(tag: epoch << 32))
    }
  }

  /// The elements of a node, if they have been computed.
  static func storageIfEvaluated(_ node: Node) -> Storage? {
    lock.withLock { _ in node.storage }
  }
}

/// Indices on nodes, valid while the graph's lock is held.
struct Traversal {
  let tag: UInt64

  @inline(__always) func index(of node: Node) -> Int? {
    node.mark & ~0xffff_ffff == tag ? Int(node.mark & 0xffff_ffff) : nil
  }

  @inline(__always) func set(_ node: Node, _ index: Int) {
    node.mark = tag | UInt64(UInt32(truncatingIfNeeded: index))
  }
}
