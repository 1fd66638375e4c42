#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers as people read them. Not Foundation's formatters, which take longer to load than most
/// commands run.
package enum NumberFormat {
  /// With a fixed number of digits after the point: `0.482`.
  package static func fixed(_ value: Double, digits: Int) -> String {
    printed(value, format: "%.*f", digits)
  }

  /// With this many digits that count: `0.4821`, `5.1e-05`.
  package static func significant(_ value: Double, digits: Int = 4) -> String {
    printed(value, format: "%.*g", digits)
  }

  /// A share as percentage: `82.4 %`.
  package static func percent(_ share: Double, digits: Int = 1) -> String {
    fixed(100 * share, digits: digits) + " %"
  }

  /// With a comma after each three digits: `41,200`.
  package static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var result = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result += "," }
      result.append(digit)
    }
    return result
  }

  /// Hours, minutes and seconds: `0:07`, `12:34`, `1:02:03`.
  package static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-:--" }
    let total = Int(seconds.rounded())
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }

  /// How long something took: `850 ms`, `5.2 s`, `12:34 min`, `1:02:03 h`.
  package static func duration(_ seconds: Double) -> String {
    if seconds < 1 { return "\(fixed(1000 * seconds, digits: 0)) ms" }
    if seconds < 60 { return "\(fixed(seconds, digits: 1)) s" }
    return clock(seconds) + (seconds < 3600 ? " min" : " h")
  }

  /// A size in memory: `1.5 GB`, with 1 GB = 2³⁰ bytes.
  package static func bytes(_ count: Int) -> String {
    let units = ["bytes", "KB", "MB", "GB", "TB"]
    var (value, unit) = (Double(count), 0)
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    return "\(unit == 0 ? "\(count)" : fixed(value, digits: value < 10 ? 1 : 0)) \(units[unit])"
  }

  /// A count with its noun: `1 image`, `60,000 images`.
  package static func count(_ count: Int, _ noun: String) -> String {
    "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  private static func printed(_ value: Double, format: String, _ digits: Int) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    // The longest number, 1.8e308, has 309 digits before the point.
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      let count = withVaList([Int32(max(0, min(digits, 60))), value]) {
        vsnprintf(buffer.baseAddress, buffer.count, format, $0)
      }
      let length = max(0, min(Int(count), buffer.count - 1))
      return String(decoding: buffer[..<length].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
