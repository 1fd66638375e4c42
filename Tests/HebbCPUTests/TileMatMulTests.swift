import CHebbKernels
import HebbCPU
import HebbCore
import HebbTestSupport
import Testing
import TileEmulator

/// Products on matrix tiles against sums in double precision. Where the processor has no tiles, their
/// instructions are carried out one by one by a handler.
@Suite(.serialized) struct TileMatMulTests {
  /// Runs `body` with tiles; false where not even a handler can carry them out.
  @discardableResult
  private func withTiles(_ body: () throws -> Void) rethrows -> Bool {
    Hebb.allowsTiles = true
    let isReal = hebb_tiles_available()
    Hebb.allowsTiles = false
    guard isReal || (hebb_vector_level() >= 3 && tile_emulator_install()) else { return false }
    hebb_set_tiles_emulated(!isReal)
    Hebb.allowsTiles = true
    defer {
      Hebb.allowsTiles = false
      hebb_set_tiles_emulated(false)
    }
    try body()
    return true
  }

  /// A product of the C interface with operands of its own.
  private struct Case {
    var rows = 1
    var columns = 1
    var depth = 1
    var turnsA = false
    var turnsB = false
    var batches = 1
    var parts = 3
    var isPacked = false
    var bias: [Float]?
    var activation = HEBB_ACTIVATION_NONE
    var threads: Int32 = 2

    /// C, or nil if the operands hold what tiles cannot take.
    func run(_ a: [Float], _ b: [Float]) -> [Float]? {
      var p = hebb_tiles_product()
      p.batches = Int64(batches)
      (p.rows, p.columns, p.depth) = (Int64(rows), Int64(columns), Int64(depth))
      (p.a_row, p.a_depth) = turnsA ? (1, p.rows) : (p.depth, 1)
      (p.b_depth, p.b_column) = turnsB ? (1, p.depth) : (p.columns, 1)
      p.parts = Int32(parts)
      p.activation = activation
      var c = [Float](repeating: .nan, count: batches * rows * columns)
      let aOffsets = (0..<batches).map { Int64($0 * rows * depth) }
      let bOffsets = (0..<batches).map { isPacked ? 0 : Int64($0 * depth * columns) }
      let scratch = UnsafeMutableRawPointer.allocate(
        byteCount: Int(hebb_tiles_scratch_bytes(&p, isPacked, threads)), alignment: 64)
      let packed = UnsafeMutableRawPointer.allocate(
        byteCount: Int(hebb_tiles_packed_bytes(&p)), alignment: 64)
      defer {
        scratch.deallocate()
        packed.deallocate()
      }
      let fits = aOffsets.withUnsafeBufferPointer { aOffsets in
        bOffsets.withUnsafeBufferPointer { bOffsets in
          p.a_offsets = aOffsets.baseAddress
          p.b_offsets = bOffsets.baseAddress
          if isPacked { hebb_tiles_pack(&p, b, packed, threads) }
          let given: UnsafeRawPointer? = isPacked ? UnsafeRawPointer(packed) : nil
          if let bias {
            return bias.withUnsafeBufferPointer {
              hebb_tiles_run(&p, a, b, given, $0.baseAddress, &c, scratch, threads)
            }
          }
          return hebb_tiles_run(&p, a, b, given, nil, &c, scratch, threads)
        }
      }
      return fits ? c : nil
    }

    /// C in double precision, and the sums of absolute products that errors are measured by.
    func expected(_ a: [Float], _ b: [Float]) -> (values: [Double], scales: [Double]) {
      var values: [Double] = []
      var scales: [Double] = []
      for batch in 0..<batches {
        for i in 0..<rows {
          for j in 0..<columns {
            var (total, scale) = (0.0, 0.0)
            for k in 0..<depth {
              let x = a[batch * rows * depth + (turnsA ? k * rows + i : i * depth + k)]
              let first = isPacked ? 0 : batch * depth * columns
              let y = b[first + (turnsB ? j * depth + k : k * columns + j)]
              total += Double(x) * Double(y)
              scale += abs(Double(x) * Double(y))
            }
            values.append(total)
            scales.append(scale)
          }
        }
      }
      return (values, scales)
    }

    /// The largest error, in sums of absolute products.
    func error(_ a: [Float], _ b: [Float]) -> Double {
      guard let c = run(a, b) else { return .infinity }
      let (values, scales) = expected(a, b)
      return zip(c, zip(values, scales)).map { abs(Double($0) - $1.0) / max($1.1, 1e-30) }.max()
        ?? 0
    }
  }

  private func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var generator = PhiloxGenerator(seed: seed)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
  }

  /// Errors in sums of absolute products: three parts leave 2⁻²⁵ for each product and the roundings of
  /// the sums, below 2⁻²²; two parts 2 · 2⁻¹⁶ at most; one 2 · 2⁻⁹.
  private static let bounds = [1: 0.0040, 2: 3.1e-5, 3: 2.4e-7]

  @Test func everyEdgeAndArrangement() {
    withTiles {
      var seed: UInt64 = 1
      for size in stride(from: 1, through: 40, by: 3) {
        for turns in 0..<4 {
          var c = Case(turnsA: turns & 1 == 1, turnsB: turns & 2 == 2)
          (c.rows, c.columns, c.depth) = (size, 41 - size, 1 + (size * 7) % 40)
          c.parts = 1 + size % 3
          let a = numbers(c.rows * c.depth, seed: seed)
          let b = numbers(c.depth * c.columns, seed: seed + 1)
          seed += 2
          #expect(c.error(a, b) < Self.bounds[c.parts] ?? 0, "\(c)")
        }
      }
    }
  }

  @Test(arguments: [1, 2, 3]) func batchesAndPackedFactors(parts: Int) {
    withTiles {
      for (batches, isPacked) in [(2, false), (3, false), (9, false), (3, true), (8, true)] {
        var c = Case(rows: 35, columns: 49, depth: 66, turnsB: true)
        (c.batches, c.parts, c.isPacked) = (batches, parts, isPacked)
        let a = numbers(batches * c.rows * c.depth, seed: 3)
        let b = numbers((isPacked ? 1 : batches) * c.depth * c.columns, seed: 4)
        #expect(c.error(a, b) < Self.bounds[parts] ?? 0, "\(c)")
      }
    }
  }

  /// Depths beyond one range meet in C.
  @Test func deepProducts() {
    withTiles {
      let c = Case(rows: 17, columns: 33, depth: 3_001)
      let (a, b) = (numbers(17 * 3_001, seed: 5), numbers(33 * 3_001, seed: 6))
      #expect(c.error(a, b) < Self.bounds[3] ?? 0)
    }
  }

  @Test func threadsDoNotChangeBits() {
    withTiles {
      var c = Case(rows: 70, columns: 100, depth: 65)
      let (a, b) = (numbers(70 * 65, seed: 7), numbers(65 * 100, seed: 8))
      let results = [1, 2, 3].map { threads -> [Float]? in
        c.threads = Int32(threads)
        return c.run(a, b)
      }
      #expect(results[0] != nil && results[0] == results[1] && results[0] == results[2])
    }
  }

  @Test func biasAndActivation() throws {
    try withTiles {
      var c = Case(rows: 20, columns: 37, depth: 40, parts: 3)
      let (a, b) = (numbers(20 * 40, seed: 9), numbers(40 * 37, seed: 10))
      let bias = numbers(37, seed: 11)
      let plain = try #require(c.run(a, b))
      c.bias = bias
      let sums = plain.enumerated().map { $1 + bias[$0 % 37] }
      let functions: [(hebb_activation, (Float) -> Double)] = [
        (HEBB_ACTIVATION_NONE, { Double($0) }), (HEBB_ACTIVATION_RELU, { Double(max($0, 0)) }),
        (HEBB_ACTIVATION_SIGMOID, { 1 / (1 + exponential(-Double($0))) }),
        (HEBB_ACTIVATION_TANH, { 1 - 2 / (1 + exponential(2 * Double($0))) }),
      ]
      for (activation, function) in functions {
        c.activation = activation
        let result = try #require(c.run(a, b))
        // A few roundings of the functions in float32.
        for (x, y) in zip(sums, result) { #expect(abs(function(x) - Double(y)) < 1e-6) }
      }
    }
  }

  /// Tiny numbers keep all their bits; zeros and denormals are zeros; what the parts cannot take is told.
  @Test func specialNumbers() {
    withTiles {
      var c = Case(rows: 20, columns: 20, depth: 64)
      let (a, b) = (numbers(20 * 64, seed: 12), numbers(64 * 20, seed: 13))
      // Near the smallest normal number, but for all of them above it.
      let tiny = a.map { $0 * 0x1p-112 }
      let large = b.map { $0 * 0x1p29 }
      #expect(c.error(tiny, b.map { $0 * 0x1p20 }) < Self.bounds[3] ?? 0)
      #expect(c.error(a, large) < Self.bounds[3] ?? 0)
      #expect(c.run(a.map { _ in 0x1p-140 }, large) == [Float](repeating: 0, count: 400))
      #expect(c.run(a.map { _ in -0.0 }, b)?.allSatisfy { $0 == 0 && $0.sign == .plus } == true)
      let others: [Float] = [
        .infinity, -.infinity, .nan, Float(bitPattern: .max), .greatestFiniteMagnitude,
      ]
      for parts in 1...3 {
        c.parts = parts
        for other in others {
          for place in [0, 20 * 64 - 1] {
            var wrong = a
            wrong[place] = other
            #expect(c.run(wrong, b) == nil, "\(other) in A, \(parts) parts")
            wrong = b
            wrong[place] = other
            #expect(c.run(a, wrong) == nil, "\(other) in B, \(parts) parts")
          }
        }
      }
    }
  }

  // MARK: Plans

  /// A product large enough for tiles.
  private func product(_ a: [Float], _ b: [Float], _ precision: MatrixPrecision) -> [Float] {
    let left = Tensor(a).reshaped(to: [128, 160])
    let right = Tensor(b).reshaped(to: [160, 96])
    return matmul(left, right, precision: precision).floats()
  }

  @Test(arguments: ["random", "ill-scaled", "cancelling"])
  func highestIsNoLessAccurateThanVectors(kind: String) {
    var (a, b) = (numbers(128 * 160, seed: 20), numbers(160 * 96, seed: 21))
    if kind == "ill-scaled" {
      a = a.enumerated().map { $1 * Float(sign: .plus, exponent: $0 % 41 - 20, significand: 1) }
      b = b.enumerated().map { $1 * Float(sign: .plus, exponent: $0 % 31 - 15, significand: 1) }
    } else if kind == "cancelling" {
      // Each second product nearly undoes the one before.
      for i in stride(from: 1, to: a.count, by: 2) { a[i] = -a[i - 1] * (1 + 1e-4 * a[i]) }
      for k in stride(from: 1, to: 160, by: 2) {
        for j in 0..<96 { b[k * 96 + j] = b[(k - 1) * 96 + j] }
      }
    }
    let c = Case(rows: 128, columns: 96, depth: 160)
    let exact = c.expected(a, b).values
    let vectors = product(a, b, .highest)
    withTiles {
      let highest = product(a, b, .highest)
      #expect(hebb_tiles_status() != HEBB_TILES_USABLE || highest != vectors)
      #expect(relativeError(highest, exact) <= relativeError(vectors, exact))
      let high = product(a, b, .high)
      let medium = product(a, b, .medium)
      if kind != "cancelling" {
        #expect(relativeError(high, exact) < 2e-5)
        #expect(relativeError(medium, exact) < 1e-2)
      }
      #expect(high != highest && medium != high)
    }
  }

  /// Numbers that tiles cannot take: the run goes through vectors, the next one through tiles again.
  @Test func plansFallBackForARun() {
    let (a, b) = (numbers(128 * 160, seed: 22), numbers(160 * 96, seed: 23))
    var wrong = a
    (wrong[5], wrong[1_000], wrong[20_000]) = (.infinity, .nan, 3e38)
    let vectors = product(wrong, b, .highest)
    withTiles {
      let good = product(a, b, .highest)
      let found = product(wrong, b, .highest)
      #expect(zip(found, vectors).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
      #expect(product(a, b, .highest) == good)
    }
  }

  @Test func precisionIsRecordedAndInherited() {
    let (a, b) = (numbers(128 * 160, seed: 24), numbers(160 * 96, seed: 25))
    withTiles {
      let x = Tensor(a).reshaped(to: [128, 160]).source()
      let y = Tensor(b).reshaped(to: [160, 96])
      func slope(_ z: Tensor) -> [Float] { gradients(of: (z * z).sum(), for: [x])[0].floats() }
      let scoped = withMatrixPrecision(.medium) { matmul(x, y) }
      let named = matmul(x, y, precision: .medium)
      #expect(scoped.floats() == named.floats())
      #expect(scoped.floats() != matmul(x, y).floats())
      #expect(slope(scoped) == slope(named))
      #expect(slope(scoped) != slope(matmul(x, y)))
      Hebb.allowsTiles = false
      defer { Hebb.allowsTiles = true }
      #expect(!Hebb.usesTiles)
    }
  }

  /// bf16 operands go to the tiles as they are; the sums are rounded once.
  @Test func halfOperands() {
    let (a, b) = (numbers(128 * 160, seed: 26), numbers(160 * 96, seed: 27))
    func rounded(_ x: [Float]) -> [Float] {
      Tensor(x).cast(to: .bfloat16).cast(to: .float32).floats()
    }
    let exact = Case(rows: 128, columns: 96, depth: 160).expected(rounded(a), rounded(b))
    withTiles {
      let left = Tensor(a).reshaped(to: [128, 160]).cast(to: .bfloat16)
      for isTurned in [false, true] {
        var right = Tensor(b).reshaped(to: [160, 96]).cast(to: .bfloat16)
        if isTurned { right = right.transposed().evaluated().transposed() }
        let result = matmul(left, right).cast(to: .float32).floats()
        for (value, (want, scale)) in zip(result, zip(exact.values, exact.scales)) {
          #expect(abs(Double(value) - want) <= abs(want) * 0x1p-8 + scale * 1e-6)
        }
      }
    }
  }
}

/// eˣ by its series, for small |x| halved often enough.
private func exponential(_ x: Double) -> Double {
  var (term, sum) = (1.0, 1.0)
  let small = x / 1_024
  for n in 1..<12 {
    term *= small / Double(n)
    sum += term
  }
  for _ in 0..<10 { sum *= sum }
  return sum
}
