import Glibc
import Synchronization

/// What happens where the system has no memory for a tensor: a command ends with the sentence, other programs
/// stop where they are.
package enum MemoryFailure {
  package static let handler = Mutex<@Sendable (String) -> Never>({ fatalError("Hebb: \($0)") })

  /// Ends with what there is no memory for and what to do.
  package static func stop(_ what: String) -> Never {
    let handler = handler.withLock { $0 }
    handler("the system has no memory \(what); use smaller batches or a smaller model")
  }
}

/// Memory for tensors: blocks are kept for the next tensor of like size, because fresh pages from
/// the system cost more than most operations that fill them.
///
/// Blocks are 64-byte aligned; blocks of 2 MB and more lie on huge pages where the system allows.
/// Blocks that nobody uses are returned to the system when they exceed `cacheLimit` bytes.
enum BufferPool {
  /// A block that nobody else knows of.
  struct Block: @unchecked Sendable {
    var pointer: UnsafeMutableRawPointer
  }

  struct State {
    var free: [Int: [Block]] = [:]
    var liveBytes = 0
    var cachedBytes = 0
    var peakBytes = 0
    var cacheLimit = 4 << 30
  }
  static let state = Mutex(State())
  /// Live bytes after which a recorded operation is evaluated at once, so that a loop that never
  /// reads a value stays bounded.
  static let pressureMark = Atomic<Int>(512 << 20)
  static let live = Atomic<Int>(0)

  private static let hugePage = 2 << 20

  /// The size of the block that serves a request of `count` bytes: at most an eighth larger.
  static func blockSize(for count: Int) -> Int {
    if count <= 4096 { return max((count + 63) & ~63, 64) }
    let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
    let step = 1 << max(bits - 4, 6)
    return (count + step - 1) & ~(step - 1)
  }

  static func allocate(_ count: Int) -> (pointer: UnsafeMutableRawPointer, size: Int) {
    let size = blockSize(for: count)
    let cached = state.withLock { state -> Block? in
      state.liveBytes += size
      state.peakBytes = max(state.peakBytes, state.liveBytes)
      guard let block = state.free[size]?.popLast() else { return nil }
      state.cachedBytes -= size
      return block
    }
    live.add(size, ordering: .relaxed)
    if let cached { return (cached.pointer, size) }
    if let fresh = systemAllocate(size) { return (fresh, size) }
    releaseCached()
    guard let fresh = systemAllocate(size) else {
      let used = live.load(ordering: .relaxed) - size
      MemoryFailure.stop("for a block of \(size) bytes (\(used) bytes are in use)")
    }
    return (fresh, size)
  }

  static func release(_ pointer: UnsafeMutableRawPointer, size: Int) {
    live.subtract(size, ordering: .relaxed)
    let block = Block(pointer: pointer)
    let surplus = state.withLock { state -> Bool in
      state.liveBytes -= size
      if state.cachedBytes + size > state.cacheLimit { return true }
      state.cachedBytes += size
      state.free[size, default: []].append(block)
      return false
    }
    if surplus { free(pointer) }
  }

  static func releaseCached() {
    let blocks = state.withLock { state in
      let blocks = state.free.values.flatMap { $0 }
      state.free.removeAll()
      state.cachedBytes = 0
      return blocks
    }
    for block in blocks { free(block.pointer) }
  }

  private static func systemAllocate(_ size: Int) -> UnsafeMutableRawPointer? {
    var pointer: UnsafeMutableRawPointer?
    let alignment = size >= hugePage ? hugePage : 64
    guard posix_memalign(&pointer, alignment, size) == 0, let pointer else { return nil }
    if size >= hugePage { madvise(pointer, size, MADV_HUGEPAGE) }
    return pointer
  }
}

/// What the tensors of this process hold.
public struct MemoryStatistics: Sendable {
  /// Bytes that tensors use now.
  public var liveBytes: Int
  /// Bytes kept for later tensors.
  public var cachedBytes: Int
  /// The most bytes that tensors used at one time.
  public var peakBytes: Int
  /// Nodes of graphs that exist now: recorded operations and the values they were made from.
  public var liveNodes: Int

  /// The statistics of this moment.
  public static var current: MemoryStatistics {
    let nodes = Node.liveCount
    return BufferPool.state.withLock {
      MemoryStatistics(
        liveBytes: $0.liveBytes, cachedBytes: $0.cachedBytes, peakBytes: $0.peakBytes,
        liveNodes: nodes)
    }
  }

  /// Lets the peak begin anew at what tensors use now.
  public static func resetPeak() {
    BufferPool.state.withLock { $0.peakBytes = $0.liveBytes }
  }

  /// Returns the memory that no tensor uses to the system.
  public static func releaseCached() { BufferPool.releaseCached() }
}

/// A block of memory with the elements of a tensor, row-major without gaps.
public final class Storage: @unchecked Sendable {
  /// The first byte; 64-byte aligned.
  public let pointer: UnsafeMutableRawPointer
  /// The size of the block, at least what was asked for.
  let size: Int
  /// How many nodes show these elements; with one, a plan may write over them when nobody else reads
  /// that node.
  let ownerCount = Atomic<Int>(0)

  /// The same elements as backends keep them for their kernels.
  private let arrangements = Mutex<[(key: any Hashable & Sendable, storage: Storage)]>([])

  /// Uninitialized memory for `byteCount` bytes.
  public init(byteCount: Int) {
    (pointer, size) = BufferPool.allocate(byteCount)
  }

  /// The elements in another arrangement, made once: weights that do not change are packed for a
  /// kernel by the first run that needs them, and all others find them. It lives as long as these
  /// elements do.
  ///
  /// - Parameters:
  ///   - key: Which arrangement it is.
  ///   - make: Makes it where it is missing.
  /// - Returns: The arrangement.
  package func arrangement(
    _ key: any Hashable & Sendable, make: () -> Storage
  ) -> Storage {
    func isEqual<Key: Hashable>(_ key: Key, _ other: Any) -> Bool { other as? Key == key }
    func find(_ list: [(key: any Hashable & Sendable, storage: Storage)]) -> Storage? {
      list.first { isEqual(key, $0.key) }?.storage
    }
    if let found = find(arrangements.withLock { $0 }) { return found }
    // Made outside of the lock: two that need it at once may make it twice.
    let made = make()
    let list = arrangements.withLock { list in
      let earlier = list
      list.append((key, made))
      return earlier
    }
    return find(list) ?? made
  }

  /// Forgets all arrangements, because the elements are about to change.
  package func forgetArrangements() {
    arrangements.withLock { $0.removeAll() }
  }

  deinit { BufferPool.release(pointer, size: size) }
}
