import CHebbKernels
import HebbCore

/// Fourier transforms, the rows shared by the pool.
extension PlanBuilder {
  func emitFourierTransform(_ transform: FourierTransform, _ index: Int, _ inputs: [Int]) {
    let (re, im) = (dense(view(of: inputs[0])), dense(view(of: inputs[1])))
    let y = place(index)
    let n = re.shape[re.shape.rank - 1]
    let rows = re.shape.elementCount / max(n, 1)
    let plan = FourierPlan(n, isInverse: transform.isInverse)
    let isDouble = re.dtype == .float64
    let threads = rows * n > 10_000 ? threads : 1
    addCall(transform.name, [re, im], [y]) { addresses in
      let job = FourierJob(
        plan: plan, rows: rows, isDouble: isDouble, re: re.address(addresses),
        im: im.address(addresses), y: y.address(addresses))
      hebb_parallel(
        Int32(threads),
        { context, part, parts in
          guard let context else { return }
          let job = Unmanaged<FourierJob>.fromOpaque(context).takeUnretainedValue()
          job.run(from: Int(part), by: Int(parts))
        }, Unmanaged.passUnretained(job).toOpaque())
      withExtendedLifetime(job) {}
    }
  }
}

private final class FourierJob {
  let plan: FourierPlan
  let rows: Int
  let isDouble: Bool
  let re: UnsafeMutableRawPointer
  let im: UnsafeMutableRawPointer
  let y: UnsafeMutableRawPointer

  init(
    plan: FourierPlan, rows: Int, isDouble: Bool, re: UnsafeMutableRawPointer,
    im: UnsafeMutableRawPointer, y: UnsafeMutableRawPointer
  ) {
    (self.plan, self.rows, self.isDouble) = (plan, rows, isDouble)
    (self.re, self.im, self.y) = (re, im, y)
  }

  func run(from first: Int, by step: Int) {
    if isDouble {
      transform(Double.self, from: first, by: step)
    } else {
      transform(Float.self, from: first, by: step)
    }
  }

  private func transform<T: BinaryFloatingPoint>(_ type: T.Type, from first: Int, by step: Int) {
    let n = plan.size
    let memory = FourierPlan.Numbers.allocate(capacity: 2 * n + plan.scratchCount + 1)
    defer { memory.deallocate() }
    let (input, output, scratch) = (memory, memory + n, memory + 2 * n)
    let (re, im) = (re.assumingMemoryBound(to: T.self), im.assumingMemoryBound(to: T.self))
    let y = y.assumingMemoryBound(to: T.self)
    for row in stride(from: first, to: rows, by: step) {
      let start = row * n
      for j in 0..<n { input[j] = .init(Double(re[start + j]), Double(im[start + j])) }
      plan.run(input, output, scratch)
      for j in 0..<n {
        y[start + j] = T(output[j].x)
        y[(rows + row) * n + j] = T(output[j].y)
      }
    }
  }
}
