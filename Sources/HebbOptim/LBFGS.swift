import HebbCore
import HebbNN

/// The quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno with limited memory, as PyTorch's
/// `optim.LBFGS`, for smooth losses of whole data sets.
///
/// ```swift
/// let optimizer = LBFGS(model)
/// for _ in 0..<20 { optimizer.step { meanSquaredError(predictions: model(x), targets: y) } }
/// ```
/// A step makes up to `maximumIterations` moves and evaluates the loss as often as it needs.
/// Directions are computed on the host in double precision; `history` pairs of vectors of all
/// parameters are kept.
///
/// - SeeAlso: Nocedal & Wright 2006, Algorithms 7.4, 7.5 and 3.5.
public final class LBFGS {
  /// The step length that is tried first, and the one that is taken without a line search.
  public var rate: Double
  /// How many moves a step makes at most.
  public let maximumIterations: Int
  /// How many evaluations after which a step makes no further move.
  public let maximumEvaluations: Int
  /// A step ends when no slope is larger.
  public let gradientTolerance: Double
  /// A step ends when parameters or loss change by less.
  public let changeTolerance: Double
  /// How many pairs of moves and changes of the gradient are kept.
  public let history: Int
  /// Whether step lengths fulfill the strong Wolfe conditions; else they are `rate`.
  public let searchesLine: Bool
  /// What is improved.
  public let parameters: Parameters
  /// How many moves have been made.
  public private(set) var iterationCount = 0

  /// The moves s with the changes y of the gradient, the oldest first.
  private var pairs: [(s: [Double], y: [Double])] = []
  private var direction: [Double] = []
  private var length = 0.0
  private var previousGradient: [Double] = []

  /// An optimizer for the parameters of `model` that are not frozen, with PyTorch's defaults except
  /// for the line search, which is on.
  ///
  /// - Parameters:
  ///   - model: What is improved.
  ///   - rate: The first step length that is tried.
  ///   - maximumIterations: How many moves a step makes at most.
  ///   - gradientTolerance: A step ends when no slope is larger.
  ///   - changeTolerance: A step ends when parameters or loss change by less.
  ///   - history: How many pairs of vectors are kept.
  ///   - searchesLine: Whether step lengths fulfill the strong Wolfe conditions.
  public init(
    _ model: some Module, rate: Double = 1, maximumIterations: Int = 20,
    gradientTolerance: Double = 1e-7, changeTolerance: Double = 1e-9, history: Int = 100,
    searchesLine: Bool = true
  ) {
    self.rate = rate
    self.maximumIterations = maximumIterations
    maximumEvaluations = maximumIterations * 5 / 4
    self.gradientTolerance = gradientTolerance
    self.changeTolerance = changeTolerance
    self.history = max(history, 1)
    self.searchesLine = searchesLine
    parameters = model.parameters
  }

  /// Improves the parameters.
  ///
  /// - Parameter loss: Records the loss from the model's present parameters.
  /// - Returns: The loss before the step.
  @discardableResult
  public func step(_ loss: () -> Tensor) -> Double {
    var here = evaluate(loss)
    let first = here.value
    var evaluations = 1
    if here.slope.largest <= gradientTolerance { return first }
    for iteration in 1...max(maximumIterations, 1) {
      remember(here.slope)
      let descent = here.slope.dot(direction)
      if descent > -changeTolerance { break }
      let (start, before) = (position(), here.value)
      if searchesLine {
        let along = direction
        (here, length) = withoutActuallyEscaping(loss) { loss in
          var search = WolfeSearch(tolerance: changeTolerance, direction: along) { t in
            self.move(start, by: t, along)
            return self.evaluate(loss)
          }
          defer { evaluations += search.evaluations }
          return search.run(from: here, length: length)
        }
        move(start, by: length, direction)
      } else {
        move(start, by: length, direction)
        if iteration == maximumIterations { break }
        here = evaluate(loss)
        evaluations += 1
      }
      let isDone = evaluations >= maximumEvaluations || here.slope.largest <= gradientTolerance
      if isDone || direction.largest * length <= changeTolerance { break }
      if abs(here.value - before) < changeTolerance { break }
    }
    return first
  }

  /// Takes the last move into the memory and finds the next direction and step length.
  private func remember(_ slope: [Double]) {
    iterationCount += 1
    if previousGradient.isEmpty {
      direction = slope.map { -$0 }
      length = min(1, 1 / slope.reduce(0) { $0 + abs($1) }) * rate
    } else {
      let y = zip(slope, previousGradient).map { $0 - $1 }
      let s = direction.map { $0 * length }
      if y.dot(s) > 1e-10 {
        if pairs.count == history { pairs.removeFirst() }
        pairs.append((s, y))
      }
      direction = twoLoops(slope)
      length = rate
    }
    keepFrozen()
    previousGradient = slope
  }

  /// Takes parameters that are frozen now out of the direction: the moves in the memory may be older.
  private func keepFrozen() {
    var offset = 0
    for box in parameters.boxes {
      let end = offset + (box.tensor?.count ?? 0)
      if box.isFrozen { for i in offset..<end { direction[i] = 0 } }
      offset = end
    }
  }

  /// −H g with the inverse Hessian H that the pairs tell.
  private func twoLoops(_ slope: [Double]) -> [Double] {
    var q = slope.map { -$0 }
    var shares = Array(repeating: 0.0, count: pairs.count)
    for (i, pair) in pairs.enumerated().reversed() {
      shares[i] = pair.s.dot(q) / pair.y.dot(pair.s)
      q.add(-shares[i], pair.y)
    }
    if let last = pairs.last {
      let scale = last.y.dot(last.s) / last.y.dot(last.y)
      for i in q.indices { q[i] *= scale }
    }
    for (i, pair) in pairs.enumerated() {
      let share = pair.y.dot(q) / pair.y.dot(pair.s)
      q.add(shares[i] - share, pair.s)
    }
    return q
  }

  private func evaluate(_ loss: () -> Tensor) -> LinePoint {
    let slopes = gradients(of: loss(), for: parameters).evaluated()
    return LinePoint(value: slopes.loss.item(), slope: slopes.tensors.flatMap { $0.doubles() })
  }

  private func position() -> [Double] { parameters.tensors.flatMap { $0.doubles() } }

  private func move(_ start: [Double], by length: Double, _ direction: [Double]) {
    var moved = start
    moved.add(length, direction)
    var offset = 0
    for box in parameters.boxes {
      guard let old = box.tensor else { continue }
      let part = Tensor(Array(moved[offset..<offset + old.count]), shape: old.shape)
      box.tensor = part.cast(to: old.dtype)
      offset += old.count
    }
    Tensor.evaluate(parameters.tensors)
  }

  /// What a resumed run needs besides the parameters; vectors are those of all parameters in a row.
  public func state() -> [(name: String, tensor: Tensor)] {
    let width = direction.count
    func rows(_ vectors: [[Double]]) -> Tensor {
      Tensor(vectors.flatMap { $0 }, shape: Shape([vectors.count, width]))
    }
    return [
      ("step", Tensor(iterationCount)), ("length", Tensor(length, dtype: .float64)),
      ("direction", Tensor(direction)), ("previous_gradient", Tensor(previousGradient)),
      ("moves", rows(pairs.map(\.s))), ("changes", rows(pairs.map(\.y))),
    ]
  }

  /// Takes over a saved state; the steps go on as they would have.
  ///
  /// - Throws: `StateError` that lists what is missing or does not fit; nothing is changed then.
  public func load(_ state: [String: Tensor]) throws(StateError) {
    let width = state["direction"]?.count ?? 0
    let pairCount = state["moves"]?.shape.first ?? 0
    var error = StateError("L-BFGS")
    let total = parameters.tensors.reduce(0) { $0 + $1.count }
    let expected: [(String, TensorType)] = [
      ("step", TensorType([], .int64)), ("length", TensorType([], .float64)),
      ("direction", TensorType([width == 0 ? 0 : total], .float64)),
      ("previous_gradient", TensorType([width == 0 ? 0 : total], .float64)),
      ("moves", TensorType([pairCount, width == 0 ? 0 : total], .float64)),
      ("changes", TensorType([pairCount, width == 0 ? 0 : total], .float64)),
    ]
    for (name, type) in expected { error.check(name, expected: type, found: state[name]?.type) }
    let names = Set(expected.map(\.0))
    error.unused = state.keys.filter { !names.contains($0) }.sorted()
    if pairCount > history { error.others = ["it has \(pairCount) moves, at most \(history) fit"] }
    if !error.isEmpty { throw error }
    func vector(_ name: String) -> [Double] { state[name]?.doubles() ?? [] }
    iterationCount = state["step"]?.integers().first ?? 0
    length = vector("length").first ?? 0
    direction = vector("direction")
    previousGradient = vector("previous_gradient")
    let (moves, changes) = (vector("moves"), vector("changes"))
    pairs = (0..<pairCount).map { i in
      let row = i * width..<(i + 1) * width
      return (Array(moves[row]), Array(changes[row]))
    }
  }
}

/// The loss at a point with its slope there.
struct LinePoint {
  var value: Double
  var slope: [Double]
}

extension [Double] {
  func dot(_ other: [Double]) -> Double {
    var sum = 0.0
    for i in indices { sum += self[i] * other[i] }
    return sum
  }

  mutating func add(_ factor: Double, _ other: [Double]) {
    for i in indices { self[i] += factor * other[i] }
  }

  /// The largest magnitude.
  var largest: Double { reduce(0) { Swift.max($0, abs($1)) } }
}
