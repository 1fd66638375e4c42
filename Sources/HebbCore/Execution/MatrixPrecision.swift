import CHebbKernels
import Synchronization

/// How accurately products of `float32` matrices are computed where the processor's matrix tiles do them;
/// elsewhere all three are ordinary `float32` products.
///
/// The names are those of PyTorch's `set_float32_matmul_precision`. `docs/precision.md` derives the errors.
public enum MatrixPrecision: Int, Sendable, CaseIterable {
  /// Never less accurate than an ordinary `float32` product: each number as a sum of three `bfloat16` ones.
  case highest = 3
  /// Relative errors of about 5·10⁻⁶: two `bfloat16` numbers.
  case high = 2
  /// Operands rounded to `bfloat16`, sums in `float32`: relative errors of about 2·10⁻³.
  case medium = 1

  private static let setting = Atomic<Int>(MatrixPrecision.highest.rawValue)

  /// The precision of products that are recorded outside of `withMatrixPrecision`; `highest` unless set.
  public static var standard: MatrixPrecision {
    get { MatrixPrecision(rawValue: setting.load(ordering: .relaxed)) ?? .highest }
    set { setting.store(newValue.rawValue, ordering: .relaxed) }
  }

  /// The precision of what is recorded here.
  public static var current: MatrixPrecision {
    Scope.isDefault ? standard : Scope.matrixPrecision ?? standard
  }

  /// The precision of a name: `highest`, `high` or `medium`; nil for others.
  public init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// The name on the command line and in a run's configuration.
  public var name: String { "\(self)" }
}

/// Computes the products that `body` records, and their gradients, with a precision.
///
/// A product keeps the precision under which it was recorded, wherever it is evaluated or differentiated.
public func withMatrixPrecision<R, Failure: Error>(
  _ precision: MatrixPrecision, _ body: () throws(Failure) -> R
) throws(Failure) -> R {
  Scope.open.add(1, ordering: .relaxed)
  defer { Scope.open.subtract(1, ordering: .relaxed) }
  let result = Scope.$matrixPrecision.withValue(precision) { () -> Result<R, Failure> in
    do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
  }
  return try result.get()
}

extension Hebb {
  /// Whether products, convolutions and attention may use the processor's matrix tiles; false unless
  /// set, until a processor that has them has run the tests.
  public static var allowsTiles: Bool {
    get { hebb_tiles_allowed() }
    set {
      hebb_set_tiles_allowed(newValue)
      PlanCache.forget()
    }
  }

  /// Whether the processor's matrix tiles can be used and are allowed.
  public static var usesTiles: Bool { hebb_tiles_available() }

  /// Whether convolutions with windows of 3 x 3 that move by 1 may use Winograd's minimal filtering
  /// F(2 x 2, 3 x 3), which takes 16 multiplications where sums of products take 36; true unless set.
  ///
  /// Its rounding errors are those of sums of products for numbers of like size. They are relative to the
  /// largest numbers of a tile of 4 x 4 places, so that small results beside large numbers lose more; an
  /// infinity may give NaN where a sum of products gives infinity. `docs/precision.md` has measurements.
  ///
  /// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016.
  public static var allowsWinograd: Bool {
    get { hebb_winograd_allowed() }
    set {
      hebb_set_winograd_allowed(newValue)
      PlanCache.forget()
    }
  }
}
