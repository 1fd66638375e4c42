import HebbCore
import HebbTestSupport

/// A chain of random operations on random shapes, the same for the same seed.
struct RandomGraph {
  let seed: UInt64

  /// The values of some of the operations.
  func results() -> [Tensor] {
    var random = PhiloxGenerator(seed: seed, stream: 0x6772)
    var pool: [Tensor] = (0..<3).map { position in
      let rank = random.nextInteger(below: 4) + 1
      let sizes = (0..<rank).map { _ in [1, 2, 3, 5, 17, 40][random.nextInteger(below: 6)] }
      return Tensor.sample(Shape(sizes), seed &* 7 &+ UInt64(position), dtype: .float64)
    }
    var kept: [Tensor] = []
    for _ in 0..<(4 + random.nextInteger(below: 24)) {
      let a = pool[random.nextInteger(below: pool.count)]
      guard let next = apply(a, pool, &random), next.count <= 40_000 else { continue }
      // Keep numbers in a range in which rounding stays small.
      let result = next.dtype == .float64 ? tanh(next) : next.cast(to: .float64)
      pool.append(result)
      if random.nextInteger(below: 4) == 0 { kept.append(result) }
    }
    kept.append(pool[pool.count - 1])
    Tensor.evaluate(kept)
    return kept
  }

  private func apply(
    _ a: Tensor, _ pool: [Tensor], _ random: inout PhiloxGenerator
  ) -> Tensor? {
    let axis = random.nextInteger(below: max(a.rank, 1))
    switch random.nextInteger(below: 17) {
    case 0: return sigmoid(a)
    case 1: return exp(a * 0.5)
    case 2: return a.rank > 0 ? a.sum(axes: [axis], keepingDimensions: true) * 0.1 : a + 1
    case 3: return a.rank > 0 ? a.mean(axes: [axis]) : a
    case 4: return a.rank > 1 ? a.transposed(axis, a.rank - 1) : a
    case 5: return a.flattened()
    case 6: return a.rank > 0 ? a.flipped(axis: axis) : a
    case 7:
      guard a.rank > 0, a.shape[axis] > 1 else { return nil }
      return a.slice(axis: axis, 1..<a.shape[axis])
    case 8: return a.rank > 0 ? softmax(a, axis: axis) : a
    case 9: return select(a .> 0, a, -a * 0.5)
    case 10: return a.rank > 0 ? concatenate([a, a * 2], axis: axis) : nil
    case 11: return a.rank > 0 ? a.max(axes: [axis], keepingDimensions: true) + a : a
    case 12: return a.rank == 2 ? matmul(a, a.transposed()) * 0.02 : a * a
    case 13: return (a * 10).cast(to: .int64)
    case 14: return a.rank < 6 ? a.expandingShape(at: axis) : a
    default:
      let fitting = pool.filter { (try? Shape.broadcast(a.shape, $0.shape)) != nil }
      guard !fitting.isEmpty else { return nil }
      let b = fitting[random.nextInteger(below: fitting.count)]
      return random.nextInteger(below: 2) == 0 ? a + b : a * b - b
    }
  }
}
