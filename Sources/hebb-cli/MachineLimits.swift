import CHebbKernels
import COneDNN
import Hebb

/// What the machine can do at most, measured: what achieved rates are compared with.
struct MachineLimits {
  /// 10⁹ additions and multiplications a second of oneDNN's matrix product in float32.
  let gigaflops: Double

  /// Measures the product of square matrices of 1024 and 2048 rows, the better of both.
  static func measure(threads: Int) -> MachineLimits {
    MachineLimits(gigaflops: max(product(1024, threads), product(2048, threads)))
  }

  private static func product(_ n: Int, _ threads: Int) -> Double {
    let byteCount = 4 * n * n
    let memory = (0..<3).map { _ in Storage(byteCount: byteCount) }
    for block in memory {
      block.pointer.initializeMemory(as: Float.self, repeating: 0.5, count: n * n)
    }
    let pointers = memory.map { $0.pointer.assumingMemoryBound(to: Float.self) }
    hebb_parallel_set_threads(Int32(threads))
    let size = Int64(n)
    let none = CChar(UInt8(ascii: "N"))
    let seconds = shortest(for: 0.25) {
      _ = dnnl_sgemm(
        none, none, size, size, size, 1, pointers[0], size, pointers[1], size, 0, pointers[2],
        size)
    }
    return 2 * Double(n) * Double(n) * Double(n) / seconds / 1e9
  }

  /// 10⁹ bytes a second that loops without arithmetic reach with so many bytes read and written: from
  /// and to one block each, or to none where nothing is written; the better of ordinary and streaming
  /// stores.
  static func bandwidth(read: Int, written: Int, threads: Int) -> Double {
    // In blocks of one size: as many as the ratio of both asks for.
    let written = written < 4096 ? 0 : written
    let unit = written == 0 ? read : min(read, written)
    let (sources, targets) = (
      min(max((read + unit / 2) / unit, 1), 8), min((written + unit / 2) / unit, 8)
    )
    let size = max(unit, 4096) & ~63
    let memory = (0..<sources + targets).map { _ in Storage(byteCount: size) }
    for block in memory {
      block.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }
    let reads = memory[..<sources].map { UnsafeRawPointer($0.pointer) as UnsafeRawPointer? }
    let writes = memory[sources...].map { $0.pointer as UnsafeMutableRawPointer? }
    var found: UInt64 = 0
    let seconds = [Int32(0), 1].prefix(targets == 0 ? 1 : 2).map { streams in
      shortest(for: 0.25) {
        hebb_move_memory(
          reads, Int32(sources), writes, Int32(targets), Int64(size), streams, &found,
          Int32(threads))
      }
    }
    return Double(size * (sources + targets)) / (seconds.min() ?? .infinity) / 1e9
  }

  /// The shortest time of runs that go on for so many seconds, after two to warm up.
  private static func shortest(for limit: Double, _ body: () -> Void) -> Double {
    for _ in 0..<2 { body() }
    var best = Double.infinity
    let begin = hebb_nanoseconds()
    var end = begin
    repeat {
      let start = hebb_nanoseconds()
      body()
      end = hebb_nanoseconds()
      best = min(best, Double(end - start) / 1e9)
    } while Double(end - begin) < limit * 1e9
    return best
  }
}
