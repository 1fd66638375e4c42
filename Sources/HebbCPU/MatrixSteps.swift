import HebbCore

/// A primitive that works on one matrix after the other. Elements lie row by row, as they do in tensors;
/// a column-major routine sees the transposed matrix in the same memory.
protocol MatrixKernel: Primitive {
  /// Computes one result from one matrix of each input.
  ///
  /// - Parameters:
  ///   - inputs: The first element of each input.
  ///   - shapes: Rows and columns of each input.
  ///   - output: The first element of the result.
  func run<T: LAPACKNumber>(
    _ inputs: [UnsafePointer<T>], _ shapes: [(rows: Int, columns: Int)],
    _ output: UnsafeMutablePointer<T>)
}

extension PlanBuilder {
  func emitMatrices(_ kernel: some MatrixKernel, _ index: Int, _ inputs: [Int]) {
    if graph.values[index].type.dtype == .float32 {
      emitMatrices(Float.self, kernel, index, inputs)
    } else {
      emitMatrices(Double.self, kernel, index, inputs)
    }
  }

  private func emitMatrices<T: LAPACKNumber>(
    _ type: T.Type, _ kernel: some MatrixKernel, _ index: Int, _ inputs: [Int]
  ) {
    let operands = inputs.map { dense(view(of: $0)) }
    let target = place(index)
    let shapes = operands.map { (rows: $0.shape[$0.shape.rank - 2], columns: $0.shape.last ?? 0) }
    let count = operands[0].shape.elementCount / (shapes[0].rows * shapes[0].columns)
    let size = target.shape.elementCount / max(count, 1)
    let threads = threads
    let work = shapes[0].rows * shapes[0].columns * min(shapes[0].rows, shapes[0].columns)
    addCall(kernel.name, operands, [target]) { addresses in
      nonisolated(unsafe) let sources = operands.map {
        UnsafePointer($0.address(addresses).assumingMemoryBound(to: T.self))
      }
      nonisolated(unsafe) let result = target.address(addresses).assumingMemoryBound(to: T.self)
      LAPACK.forEach(count, work: 10 * work, threads: threads) { matrix in
        let starts = zip(sources, shapes).map { $0 + matrix * $1.rows * $1.columns }
        kernel.run(starts, shapes, result + matrix * size)
      }
    }
  }
}

/// Memory for numbers that the call needs and forgets.
private func withScratch<T: LAPACKNumber>(
  _ count: Int, _ body: (UnsafeMutablePointer<T>) -> Void
) {
  let memory = UnsafeMutablePointer<T>.allocate(capacity: max(count, 1))
  memory.initialize(repeating: 0, count: max(count, 1))
  body(memory)
  memory.deallocate()
}

/// target[j, i] = source[i, j].
private func transpose<T: LAPACKNumber>(
  _ source: UnsafePointer<T>, _ rows: Int, _ columns: Int, to target: UnsafeMutablePointer<T>
) {
  for i in 0..<rows { for j in 0..<columns { target[j * rows + i] = source[i * columns + j] } }
}

private func isFinite<T: LAPACKNumber>(_ numbers: UnsafePointer<T>, _ count: Int) -> Bool {
  // x − x is 0 for finite numbers and NaN for others.
  var total = T.zero
  for i in 0..<count { total += numbers[i] - numbers[i] }
  return total == 0
}

extension SymmetricEigen: MatrixKernel {
  func run<T: LAPACKNumber>(
    _ inputs: [UnsafePointer<T>], _ shapes: [(rows: Int, columns: Int)],
    _ output: UnsafeMutablePointer<T>
  ) {
    let n = shapes[0].rows
    withScratch(n * n) { (a: UnsafeMutablePointer<T>) in
      a.update(from: inputs[0], count: n * n)
      guard isFinite(inputs[0], n * n), T.eigh(Int32(n), a, output) == 0 else {
        return output.update(repeating: .nan, count: n + n * n)
      }
      transpose(a, n, n, to: output + n)
    }
  }
}

extension GeneralEigen: MatrixKernel {
  func run<T: LAPACKNumber>(
    _ inputs: [UnsafePointer<T>], _ shapes: [(rows: Int, columns: Int)],
    _ output: UnsafeMutablePointer<T>
  ) {
    let n = shapes[0].rows
    withScratch(2 * n * n + 2 * n) { (memory: UnsafeMutablePointer<T>) in
      let (a, v) = (memory, memory + n * n)
      let (re, im) = (v + n * n, v + n * n + n)
      transpose(inputs[0], n, n, to: a)
      guard isFinite(inputs[0], n * n), T.eig(Int32(n), a, re, im, v) == 0 else {
        return output.update(repeating: .nan, count: 2 * n + 2 * n * n)
      }
      let order = Self.order((0..<n).map { Double(re[$0]) }, (0..<n).map { Double(im[$0]) })
      let (realPart, imaginaryPart) = (output + 2 * n, output + 2 * n + n * n)
      for (j, source) in order.enumerated() {
        output[j] = re[source]
        output[n + j] = im[source]
        // A conjugate pair shares two columns: Re V and Im V of the value with Im λ > 0.
        let first = im[source] < 0 ? source - 1 : source
        for i in 0..<n {
          realPart[i * n + j] = v[first * n + i]
          let imaginary = im[source] == 0 ? 0 : v[(first + 1) * n + i]
          imaginaryPart[i * n + j] = im[source] < 0 ? -imaginary : imaginary
        }
      }
    }
  }
}

extension SingularValues: MatrixKernel {
  func run<T: LAPACKNumber>(
    _ inputs: [UnsafePointer<T>], _ shapes: [(rows: Int, columns: Int)],
    _ output: UnsafeMutablePointer<T>
  ) {
    let (m, n) = (shapes[0].rows, shapes[0].columns)
    let k = min(m, n)
    let (uColumns, vRows) = isFull ? (m, n) : (k, k)
    withScratch(m * n) { (a: UnsafeMutablePointer<T>) in
      a.update(from: inputs[0], count: m * n)
      // Of the transposed matrix: V diag(σ) Uᵀ, whose factors lie as ours do.
      let (s, v) = (output + m * uColumns, output + m * uColumns + k)
      let job = CChar(UInt8(ascii: isFull ? "A" : "S"))
      guard isFinite(inputs[0], m * n),
        T.svd(job, Int32(n), Int32(m), a, s, v, Int32(n), output, Int32(uColumns)) == 0
      else { return output.update(repeating: .nan, count: m * uColumns + k + vRows * n) }
    }
  }
}

extension QRFactors: MatrixKernel {
  func run<T: LAPACKNumber>(
    _ inputs: [UnsafePointer<T>], _ shapes: [(rows: Int, columns: Int)],
    _ output: UnsafeMutablePointer<T>
  ) {
    let (m, n) = (shapes[0].rows, shapes[0].columns)
    let k = isComplete ? m : n
    withScratch(m * k + n) { (a: UnsafeMutablePointer<T>) in
      let tau = a + m * k
      transpose(inputs[0], m, n, to: a)
      var info = T.qr(Int32(m), Int32(n), a, tau)
      let r = output + m * k
      for i in 0..<k { for j in 0..<n { r[i * n + j] = i <= j ? a[j * m + i] : 0 } }
      if info == 0 { info = T.q(Int32(m), Int32(k), Int32(n), a, tau) }
      guard info == 0 else { return output.update(repeating: .nan, count: m * k + k * n) }
      transpose(a, k, m, to: output)
    }
  }
}

extension CholeskyFactor: MatrixKernel {
  func run<T: LAPACKNumber>(
    _ inputs: [UnsafePointer<T>], _ shapes: [(rows: Int, columns: Int)],
    _ output: UnsafeMutablePointer<T>
  ) {
    let n = shapes[0].rows
    for i in 0..<n { for j in 0..<n { output[i * n + j] = j <= i ? inputs[0][i * n + j] : 0 } }
    if T.cholesky(Int32(n), output) != 0 { output.update(repeating: .nan, count: n * n) }
  }
}

extension LUFactors: MatrixKernel {
  func run<T: LAPACKNumber>(
    _ inputs: [UnsafePointer<T>], _ shapes: [(rows: Int, columns: Int)],
    _ output: UnsafeMutablePointer<T>
  ) {
    let (m, n) = (shapes[0].rows, shapes[0].columns)
    withScratch(m * n) { (a: UnsafeMutablePointer<T>) in
      transpose(inputs[0], m, n, to: a)
      var pivots = Array(repeating: Int32(0), count: min(m, n))
      _ = T.lu(Int32(m), Int32(n), a, &pivots)
      transpose(a, n, m, to: output)
      var order = Array(0..<m)
      var sign = T(1)
      for (i, pivot) in pivots.enumerated() where Int(pivot) - 1 != i {
        order.swapAt(i, Int(pivot) - 1)
        sign = -sign
      }
      for (i, row) in order.enumerated() { output[m * n + i] = T(row) }
      output[m * n + m] = sign
    }
  }
}

extension LinearSolve: MatrixKernel {
  func run<T: LAPACKNumber>(
    _ inputs: [UnsafePointer<T>], _ shapes: [(rows: Int, columns: Int)],
    _ output: UnsafeMutablePointer<T>
  ) {
    let (n, columns) = (shapes[0].rows, shapes[1].columns)
    withScratch(n * n + n * columns) { (a: UnsafeMutablePointer<T>) in
      let x = a + n * n
      a.update(from: inputs[0], count: n * n)
      transpose(inputs[1], n, columns, to: x)
      var pivots = Array(repeating: Int32(0), count: n)
      guard T.lu(Int32(n), Int32(n), a, &pivots) == 0,
        T.solveTransposed(Int32(n), Int32(columns), a, &pivots, x) == 0
      else { return output.update(repeating: .nan, count: n * columns) }
      transpose(x, columns, n, to: output)
    }
  }
}

extension TriangularSolve: MatrixKernel {
  func run<T: LAPACKNumber>(
    _ inputs: [UnsafePointer<T>], _ shapes: [(rows: Int, columns: Int)],
    _ output: UnsafeMutablePointer<T>
  ) {
    let (n, columns) = (shapes[0].rows, shapes[1].columns)
    output.update(from: inputs[1], count: n * columns)
    // T X = B is Xᵀ Tᵀ = Bᵀ, and a column-major routine sees Tᵀ with the triangles exchanged.
    T.solveTriangular(
      CChar(UInt8(ascii: isUpper ? "L" : "U")), CChar(UInt8(ascii: hasUnitDiagonal ? "U" : "N")),
      Int32(columns), Int32(n), inputs[0], output)
  }
}
