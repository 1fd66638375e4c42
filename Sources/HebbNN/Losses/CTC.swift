import HebbCore

/// Connectionist temporal classification: −ln of the probability that a sequence of outputs, after
/// merging repetitions and dropping blanks, reads as the labels; PyTorch's `ctc_loss`.
///
/// All paths are summed by the forward recursion over the labels with blanks between them, in
/// logarithms; every step of it is differentiable, to any order. Where PyTorch's derivative with
/// respect to x presumes that x comes from `logSoftmax`, this one does not; behind `logSoftmax` both
/// agree. Cost: time · batch · labels.
///
/// - Parameters:
///   - logProbabilities: x, `[time, batch, classes]`, as `logSoftmax` gives them.
///   - labels: `[batch, labels]`, `int64`, filled up with any class where they end early.
///   - inputLengths: How many times of each example count, `[batch]`, `int64`; all where nil.
///   - labelLengths: How many labels of each example count, `[batch]`, `int64`; all where nil.
///   - blank: The class that says nothing.
///   - zeroInfinity: Whether examples with too few times for their labels count 0 with slope 0; else
///     their loss is infinite.
///   - reduction: The mean is that of the losses divided by the number of labels, as in PyTorch.
/// - Returns: A scalar; `[batch]` without reduction.
/// - SeeAlso: Graves et al. 2006, §4.1.
public func ctc(
  logProbabilities: Tensor, labels: Tensor, inputLengths: Tensor? = nil,
  labelLengths: Tensor? = nil, blank: Int = 0, zeroInfinity: Bool = false,
  reduction: Reduction = .mean
) -> Tensor {
  let logProbabilities = logProbabilities.inAutocastPrecision
  let x = logProbabilities
  guard x.rank == 3, labels.rank == 2, labels.shape[0] == x.shape[1], x.shape[0] > 0 else {
    stop(
      "ctc: log probabilities are [time, batch, classes] and labels [batch, labels], not \(x.shape) "
        + "and \(labels.shape)")
  }
  guard (0..<x.shape[2]).contains(blank) else {
    stop("ctc: the blank is one of the \(x.shape[2]) classes, not \(blank)")
  }
  let (times, batch, count) = (x.shape[0], x.shape[1], labels.shape[1])
  for (name, lengths) in [("input", inputLengths), ("label", labelLengths)] {
    guard let lengths, lengths.shape != [batch] || lengths.dtype != .int64 else { continue }
    stop("ctc: the \(name) lengths are int64[\(batch)], not \(lengths.type)")
  }
  let lattice = Lattice(labels, blank: blank, dtype: x.dtype)
  // [time, batch, states]: the logarithm of each state's output at each time.
  let emitted = x.takingAlong(
    lattice.classes.expandingShape(at: 0).broadcast(to: [times, batch, 2 * count + 1]), axis: 2)
  var alpha = emitted[0] + lattice.start
  for time in 1..<max(times, 1) {
    let next = lattice.arrivals(from: alpha) + emitted[time]
    guard let inputLengths else {
      alpha = next
      continue
    }
    alpha = select((inputLengths .> Double(time)).expandingShape(at: -1), next, alpha)
  }
  let lengths = labelLengths ?? Tensor.full([batch], Double(count), dtype: .int64)
  let found = -lattice.end(of: alpha, after: lengths)
  let isPossible = found .< -0.5 * impossible
  let bad = found.filled(with: zeroInfinity ? 0 : .infinity)
  let losses = select(isPossible, found, bad)
  guard reduction == .mean else { return reduction(losses) }
  return (losses / maximum(lengths.cast(to: x.dtype), 1)).mean()
}

/// The states of the recursion: the labels with a blank before, between and after them.
private struct Lattice {
  /// The class of each state, `[batch, 2 · labels + 1]`.
  let classes: Tensor
  /// 0 for the states in which a path may begin, else impossible.
  let start: Tensor
  /// 0 where a path may skip the blank before a state, else impossible.
  private let skip: Tensor

  init(_ labels: Tensor, blank: Int, dtype: DType) {
    let (batch, count) = (labels.shape[0], labels.shape[1])
    let blanks = Tensor.full([batch, count, 1], Double(blank), dtype: .int64)
    let pairs = concatenate([blanks, labels.expandingShape(at: -1)], axis: 2)
    let last = Tensor.full([batch, 1], Double(blank), dtype: .int64)
    let classes = concatenate([pairs.reshaped(to: [batch, 2 * count]), last], axis: 1)
    let states = 2 * count + 1
    let earlier = Lattice.shifted(classes, by: 2, fill: Double(blank))
    let maySkip = (classes .!= Double(blank)) .& (classes .!= earlier)
    self.classes = classes
    skip = Lattice.cost(maySkip, dtype)
    start = Lattice.cost(Tensor.range(states) .< 2, dtype)
  }

  /// The logarithm of the sum over the states from which each state is reached in one step.
  func arrivals(from alpha: Tensor) -> Tensor {
    let one = Lattice.shifted(alpha, by: 1, fill: impossible)
    let two = Lattice.shifted(alpha, by: 2, fill: impossible) + skip
    let top = stopGradient(maximum(maximum(alpha, one), two))
    let sum = exp(alpha - top) + exp(one - top) + exp(two - top)
    return top + log(sum)
  }

  /// The logarithm of the sum over the last label and the blank behind it.
  func end(of alpha: Tensor, after lengths: Tensor) -> Tensor {
    let last = (2 * lengths).expandingShape(at: -1)
    let blank = alpha.takingAlong(last, axis: 1)
    let before = select(last .> 0, last - 1, last)
    let found = alpha.takingAlong(before, axis: 1)
    let label = select(last .> 0, found, found.filled(with: impossible))
    let top = stopGradient(maximum(blank, label))
    return (top + log(exp(blank - top) + exp(label - top))).squeezingShape(at: -1)
  }

  /// The columns moved to the right.
  private static func shifted(_ x: Tensor, by n: Int, fill: Double) -> Tensor {
    let (rows, columns) = (x.shape[0], x.shape[1])
    let filling = Tensor.full([rows, min(n, columns)], fill, dtype: x.dtype)
    if columns <= n { return filling }
    return concatenate([filling, x.slice(axis: 1, 0..<columns - n)], axis: 1)
  }

  private static func cost(_ isAllowed: Tensor, _ dtype: DType) -> Tensor {
    let free = Tensor.zeros(isAllowed.shape, dtype: dtype)
    return select(isAllowed, free, free.filled(with: impossible))
  }
}
