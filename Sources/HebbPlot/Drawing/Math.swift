#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The few functions of the C mathematics library that charts need, so that only this file imports it.
enum Math {
  /// Returns log₁₀ `value`.
  static func log10(_ value: Double) -> Double {
    #if canImport(Glibc)
      Glibc.log10(value)
    #elseif canImport(Musl)
      Musl.log10(value)
    #else
      Darwin.log10(value)
    #endif
  }

  /// Returns 10 to the power `exponent`.
  static func pow10(_ exponent: Double) -> Double {
    #if canImport(Glibc)
      Glibc.pow(10, exponent)
    #elseif canImport(Musl)
      Musl.pow(10, exponent)
    #else
      Darwin.pow(10, exponent)
    #endif
  }

  /// Returns `value` × 10^`exponent`.
  ///
  /// Negative powers divide by the positive power, which is exact up to 10²²: 3 × 10⁻¹ is then
  /// 0.3, not 0.30000000000000004. Large powers go in two steps so that none overflows on its own.
  static func scaled(_ value: Double, byPowerOfTen exponent: Int) -> Double {
    let size = abs(exponent)
    guard size <= 300 else {
      let half = exponent / 2
      return scaled(scaled(value, byPowerOfTen: half), byPowerOfTen: exponent - half)
    }
    let power = pow10(Double(size))
    return exponent < 0 ? value / power : value * power
  }

  /// Returns the exponent of the leading decimal digit of `value`: 2 for 123, −2 for 0.05, and 0
  /// for zero and values that are not finite.
  static func decimalExponent(_ value: Double) -> Int {
    let size = abs(value)
    guard size > 0, size.isFinite else { return 0 }
    var exponent = Int(log10(size).rounded(.down))
    // The logarithm may land on the wrong side of a power of ten by one rounding.
    let leading = scaled(size, byPowerOfTen: -exponent)
    if leading >= 10 { exponent += 1 }
    if leading < 1 { exponent -= 1 }
    return exponent
  }
}
