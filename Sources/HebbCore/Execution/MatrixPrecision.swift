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
