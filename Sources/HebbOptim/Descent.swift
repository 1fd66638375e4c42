import HebbCore
import HebbNN

/// A model that is one tensor: a point on which a function is to be minimized.
public final class Point: Module {
  /// Where it is.
  @Parameter public var x: Tensor

  /// A point at `x`.
  public init(_ x: Tensor) { self.x = x }
}

/// The path of an optimizer on a function, for pictures and for functions that are no model's loss.
///
/// ```swift
/// let path = descend(from: [-7, 2], steps: 30, by: { SGD($0, rate: 0.95) }) { x in
///   (x * x * [0.05, 1]).sum()
/// }
/// ```
/// - Parameters:
///   - start: Where it begins.
///   - steps: How many steps it makes.
///   - make: Makes the optimizer of the point.
///   - f: A scalar function.
/// - Returns: The points, `steps + 1` of them, the start first.
public func descend(
  from start: Tensor, steps: Int, by make: (Point) -> any Optimizer, on f: (Tensor) -> Tensor
) -> [Tensor] {
  let point = Point(start)
  let optimizer = make(point)
  var path = [start]
  for _ in 0..<steps {
    optimizer.step(along: gradients(of: f(point.x), for: optimizer.parameters))
    path.append(stopGradient(point.x).evaluated())
  }
  return path
}

/// The best of the ends of several paths, against local minima.
///
/// - Parameters:
///   - starts: Where the paths begin.
///   - steps: How many steps each makes.
///   - make: Makes the optimizer of a point.
///   - f: A scalar function.
/// - Returns: The end with the smallest value; nil without starts or where no value is a number.
public func bestDescent(
  fromEachOf starts: [Tensor], steps: Int, by make: (Point) -> any Optimizer,
  on f: (Tensor) -> Tensor
) -> (x: Tensor, value: Double)? {
  var best: (x: Tensor, value: Double)?
  for start in starts {
    let end = descend(from: start, steps: steps, by: make, on: f).last ?? start
    let value = f(end).item()
    if !value.isNaN, value < best?.value ?? .infinity { best = (end, value) }
  }
  return best
}
