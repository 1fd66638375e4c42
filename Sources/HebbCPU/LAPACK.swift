import CHebbKernels
import CLAPACK
import COneDNN
import Synchronization

/// OpenBLAS's LAPACK, kept to one thread for each call: its threads would fight with the pool that
/// everything else uses, and results would depend on their number. Many matrices share the pool.
enum LAPACK {
  /// How OpenBLAS was built: 0 for one thread only, 1 with threads of its own, 2 with OpenMP.
  private static let flavor: Int32 = {
    let flavor = openblas_get_parallel()
    if flavor == 1 { openblas_set_num_threads(1) }
    return flavor
  }()

  /// The build for one thread does not guard its buffers against concurrent calls.
  private static let lock = Mutex(())

  /// Calls `body` for each index below `count`, on the pool where there are several and the work pays.
  ///
  /// - Parameters:
  ///   - count: How many matrices.
  ///   - work: Multiplications for each, roughly.
  ///   - threads: The pool's size.
  ///   - body: Works on one matrix; calls for different indices do not touch the same memory.
  static func forEach(_ count: Int, work: Int, threads: Int, _ body: (Int) -> Void) {
    if flavor == 0 {
      lock.withLock { _ in for index in 0..<count { body(index) } }
      return
    }
    guard threads > 1, count > 1, count * work > 200_000 else {
      withOneThread { for index in 0..<count { body(index) } }
      return
    }
    withoutActuallyEscaping(body) { body in
      let job = Job(count: count, body: body)
      hebb_parallel(
        Int32(threads),
        { context, part, parts in
          guard let context else { return }
          let job = Unmanaged<Job>.fromOpaque(context).takeUnretainedValue()
          for index in stride(from: Int(part), to: job.count, by: Int(parts)) {
            LAPACK.withOneThread { job.body(index) }
          }
        }, Unmanaged.passUnretained(job).toOpaque())
      withExtendedLifetime(job) {}
    }
  }

  private final class Job {
    let count: Int
    let body: (Int) -> Void

    init(count: Int, body: @escaping (Int) -> Void) {
      self.count = count
      self.body = body
    }
  }

  /// OpenBLAS's build for OpenMP takes as many threads as a parallel loop of the caller would.
  private static func withOneThread(_ body: () -> Void) {
    guard flavor == 2 else { return body() }
    let before = omp_get_max_threads()
    if before > 1 { omp_set_num_threads(1) }
    body()
    if before > 1 { omp_set_num_threads(before) }
  }
}

/// Numbers for which LAPACK has routines; each works on column-major matrices and returns `info`.
protocol LAPACKNumber: BinaryFloatingPoint, Sendable {
  typealias Numbers = UnsafeMutablePointer<Self>

  /// Eigenvalues, and eigenvectors in place of the symmetric matrix.
  static func eigh(_ n: Int32, _ a: Numbers, _ w: Numbers) -> Int32
  /// Eigenvalues and right eigenvectors.
  static func eig(_ n: Int32, _ a: Numbers, _ re: Numbers, _ im: Numbers, _ v: Numbers) -> Int32
  /// Singular values and vectors; `job` is A for all vectors, S for the thin ones.
  static func svd(
    _ job: CChar, _ m: Int32, _ n: Int32, _ a: Numbers, _ s: Numbers, _ u: Numbers, _ ldu: Int32,
    _ vt: Numbers, _ ldvt: Int32
  ) -> Int32
  /// Householder vectors and R in place of the matrix.
  static func qr(_ m: Int32, _ n: Int32, _ a: Numbers, _ tau: Numbers) -> Int32
  /// The first `columns` columns of Q in place of `n` Householder vectors.
  static func q(_ m: Int32, _ columns: Int32, _ n: Int32, _ a: Numbers, _ tau: Numbers) -> Int32
  /// The upper factor U of Uᵀ U in place of the upper triangle.
  static func cholesky(_ n: Int32, _ a: Numbers) -> Int32
  /// Both factors in place of the matrix.
  static func lu(_ m: Int32, _ n: Int32, _ a: Numbers, _ pivots: UnsafeMutablePointer<Int32>)
    -> Int32
  /// The solution of Aᵀ X = B in place of B.
  static func solveTransposed(
    _ n: Int32, _ columns: Int32, _ a: Numbers, _ pivots: UnsafeMutablePointer<Int32>, _ b: Numbers
  ) -> Int32
  /// The solution of X T = B in place of B.
  static func solveTriangular(
    _ uplo: CChar, _ diagonal: CChar, _ rows: Int32, _ n: Int32, _ t: UnsafePointer<Self>,
    _ b: Numbers)
}

private let letterL = CChar(UInt8(ascii: "L"))
private let letterN = CChar(UInt8(ascii: "N"))
private let letterR = CChar(UInt8(ascii: "R"))
private let letterT = CChar(UInt8(ascii: "T"))
private let letterU = CChar(UInt8(ascii: "U"))
private let letterV = CChar(UInt8(ascii: "V"))

/// Calls a routine twice: first for the size of its work space, then with it.
private func withWork<T: LAPACKNumber>(
  _ type: T.Type, _ call: (UnsafeMutablePointer<T>, Int32) -> Int32
) -> Int32 {
  var best = T.zero
  let info = call(&best, -1)
  guard info == 0 else { return info }
  let count = Int32(best) + 1
  return withUnsafeTemporaryAllocation(of: T.self, capacity: Int(count)) { work in
    work.baseAddress.map { call($0, count) } ?? -1
  }
}

extension Float: LAPACKNumber {
  static func eigh(_ n: Int32, _ a: Numbers, _ w: Numbers) -> Int32 {
    var (job, uplo, n, info) = (letterV, letterL, n, Int32(0))
    var integerCount = 5 * n + 3
    var integers = Array(repeating: Int32(0), count: Int(integerCount))
    return withWork(Float.self) { work, count in
      var count = count
      ssyevd_(
        &job, &uplo, &n, a, &n, w, work, &count, &integers, &integerCount, &info, 1, 1)
      return info
    }
  }

  static func eig(_ n: Int32, _ a: Numbers, _ re: Numbers, _ im: Numbers, _ v: Numbers) -> Int32 {
    var (left, right, n, one, info) = (letterN, letterV, n, Int32(1), Int32(0))
    var none = Float(0)
    return withWork(Float.self) { work, count in
      var count = count
      sgeev_(
        &left, &right, &n, a, &n, re, im, &none, &one, v, &n, work, &count, &info, 1, 1)
      return info
    }
  }

  static func svd(
    _ job: CChar, _ m: Int32, _ n: Int32, _ a: Numbers, _ s: Numbers, _ u: Numbers, _ ldu: Int32,
    _ vt: Numbers, _ ldvt: Int32
  ) -> Int32 {
    var (job, m, n, ldu, ldvt, info) = (job, m, n, ldu, ldvt, Int32(0))
    var integers = Array(repeating: Int32(0), count: 8 * Int(min(m, n)))
    return withWork(Float.self) { work, count in
      var count = count
      sgesdd_(
        &job, &m, &n, a, &m, s, u, &ldu, vt, &ldvt, work, &count, &integers, &info, 1)
      return info
    }
  }

  static func qr(_ m: Int32, _ n: Int32, _ a: Numbers, _ tau: Numbers) -> Int32 {
    var (m, n, info) = (m, n, Int32(0))
    return withWork(Float.self) { work, count in
      var count = count
      sgeqrf_(&m, &n, a, &m, tau, work, &count, &info)
      return info
    }
  }

  static func q(_ m: Int32, _ columns: Int32, _ n: Int32, _ a: Numbers, _ tau: Numbers) -> Int32 {
    var (m, columns, n, info) = (m, columns, n, Int32(0))
    return withWork(Float.self) { work, count in
      var count = count
      sorgqr_(&m, &columns, &n, a, &m, tau, work, &count, &info)
      return info
    }
  }

  static func cholesky(_ n: Int32, _ a: Numbers) -> Int32 {
    var (uplo, n, info) = (letterU, n, Int32(0))
    spotrf_(&uplo, &n, a, &n, &info, 1)
    return info
  }

  static func lu(_ m: Int32, _ n: Int32, _ a: Numbers, _ pivots: UnsafeMutablePointer<Int32>)
    -> Int32
  {
    var (m, n, info) = (m, n, Int32(0))
    sgetrf_(&m, &n, a, &m, pivots, &info)
    return info
  }

  static func solveTransposed(
    _ n: Int32, _ columns: Int32, _ a: Numbers, _ pivots: UnsafeMutablePointer<Int32>, _ b: Numbers
  ) -> Int32 {
    var (trans, n, columns, info) = (letterT, n, columns, Int32(0))
    sgetrs_(&trans, &n, &columns, a, &n, pivots, b, &n, &info, 1)
    return info
  }

  static func solveTriangular(
    _ uplo: CChar, _ diagonal: CChar, _ rows: Int32, _ n: Int32, _ t: UnsafePointer<Float>,
    _ b: Numbers
  ) {
    var (side, uplo, trans, diagonal) = (letterR, uplo, letterN, diagonal)
    var (rows, n, one) = (rows, n, Float(1))
    strsm_(&side, &uplo, &trans, &diagonal, &rows, &n, &one, t, &n, b, &rows, 1, 1, 1, 1)
  }
}

extension Double: LAPACKNumber {
  static func eigh(_ n: Int32, _ a: Numbers, _ w: Numbers) -> Int32 {
    var (job, uplo, n, info) = (letterV, letterL, n, Int32(0))
    var integerCount = 5 * n + 3
    var integers = Array(repeating: Int32(0), count: Int(integerCount))
    return withWork(Double.self) { work, count in
      var count = count
      dsyevd_(
        &job, &uplo, &n, a, &n, w, work, &count, &integers, &integerCount, &info, 1, 1)
      return info
    }
  }

  static func eig(_ n: Int32, _ a: Numbers, _ re: Numbers, _ im: Numbers, _ v: Numbers) -> Int32 {
    var (left, right, n, one, info) = (letterN, letterV, n, Int32(1), Int32(0))
    var none = Double(0)
    return withWork(Double.self) { work, count in
      var count = count
      dgeev_(
        &left, &right, &n, a, &n, re, im, &none, &one, v, &n, work, &count, &info, 1, 1)
      return info
    }
  }

  static func svd(
    _ job: CChar, _ m: Int32, _ n: Int32, _ a: Numbers, _ s: Numbers, _ u: Numbers, _ ldu: Int32,
    _ vt: Numbers, _ ldvt: Int32
  ) -> Int32 {
    var (job, m, n, ldu, ldvt, info) = (job, m, n, ldu, ldvt, Int32(0))
    var integers = Array(repeating: Int32(0), count: 8 * Int(min(m, n)))
    return withWork(Double.self) { work, count in
      var count = count
      dgesdd_(
        &job, &m, &n, a, &m, s, u, &ldu, vt, &ldvt, work, &count, &integers, &info, 1)
      return info
    }
  }

  static func qr(_ m: Int32, _ n: Int32, _ a: Numbers, _ tau: Numbers) -> Int32 {
    var (m, n, info) = (m, n, Int32(0))
    return withWork(Double.self) { work, count in
      var count = count
      dgeqrf_(&m, &n, a, &m, tau, work, &count, &info)
      return info
    }
  }

  static func q(_ m: Int32, _ columns: Int32, _ n: Int32, _ a: Numbers, _ tau: Numbers) -> Int32 {
    var (m, columns, n, info) = (m, columns, n, Int32(0))
    return withWork(Double.self) { work, count in
      var count = count
      dorgqr_(&m, &columns, &n, a, &m, tau, work, &count, &info)
      return info
    }
  }

  static func cholesky(_ n: Int32, _ a: Numbers) -> Int32 {
    var (uplo, n, info) = (letterU, n, Int32(0))
    dpotrf_(&uplo, &n, a, &n, &info, 1)
    return info
  }

  static func lu(_ m: Int32, _ n: Int32, _ a: Numbers, _ pivots: UnsafeMutablePointer<Int32>)
    -> Int32
  {
    var (m, n, info) = (m, n, Int32(0))
    dgetrf_(&m, &n, a, &m, pivots, &info)
    return info
  }

  static func solveTransposed(
    _ n: Int32, _ columns: Int32, _ a: Numbers, _ pivots: UnsafeMutablePointer<Int32>, _ b: Numbers
  ) -> Int32 {
    var (trans, n, columns, info) = (letterT, n, columns, Int32(0))
    dgetrs_(&trans, &n, &columns, a, &n, pivots, b, &n, &info, 1)
    return info
  }

  static func solveTriangular(
    _ uplo: CChar, _ diagonal: CChar, _ rows: Int32, _ n: Int32, _ t: UnsafePointer<Double>,
    _ b: Numbers
  ) {
    var (side, uplo, trans, diagonal) = (letterR, uplo, letterN, diagonal)
    var (rows, n, one) = (rows, n, Double(1))
    dtrsm_(&side, &uplo, &trans, &diagonal, &rows, &n, &one, t, &n, b, &rows, 1, 1, 1, 1)
  }
}
