/// Rates that rise and fall between two limits along lines, as PyTorch's `CyclicLR`.
///
/// - SeeAlso: Smith 2017.
public struct Cyclic: Schedule, Hashable {
  /// What becomes of the height of the cycles.
  public enum Shape: Sendable, Hashable {
    /// It stays.
    case triangular
    /// It halves with each cycle, PyTorch's `triangular2`.
    case halving
    /// It is multiplied by this factor at each step, PyTorch's `exp_range`.
    case exponential(Double)
  }

  /// The rate at the start and the end of each cycle.
  public var minimum: Double
  /// The rate at the top of the first cycle.
  public var maximum: Double
  /// How many steps a rise takes.
  public var rise: Int
  /// How many steps a fall takes.
  public var fall: Int
  /// What becomes of the height of the cycles.
  public var shape: Shape

  /// Cycles of `rise` steps up and `fall` steps down, as many as up where nil.
  public init(
    from minimum: Double, to maximum: Double, rise: Int, fall: Int? = nil,
    shape: Shape = .triangular
  ) {
    self.minimum = minimum
    self.maximum = maximum
    self.rise = max(rise, 1)
    self.fall = max(fall ?? rise, 0)
    self.shape = shape
  }

  /// minimum + (maximum − minimum) · part of the height · what the shape leaves of it.
  public func callAsFunction(at step: Int) -> Double {
    let (cycle, t) = max(step, 0).quotientAndRemainder(dividingBy: rise + fall)
    let height =
      t <= rise ? Double(t) / Double(rise) : Double(rise + fall - t) / Double(max(fall, 1))
    let scale =
      switch shape {
      case .triangular: 1.0
      case .halving: power(0.5, cycle)
      case .exponential(let factor): power(factor, max(step, 0))
      }
    return minimum + (maximum - minimum) * height * scale
  }
}
