import HebbIO

/// A `config.json` of Hugging Face, from outside: every value is checked before it is used.
struct ModelConfiguration {
  private let config: JSONObject

  init(_ config: JSONObject) { self.config = config }

  /// Large enough for every published model, small enough that products of two do not overflow.
  private static let limit = 1 << 24

  private func value(_ key: String) -> JSONValue? {
    guard let value = config[key], value != .null else { return nil }
    return value
  }

  private func refused(_ key: String, _ range: String, _ value: JSONValue) -> DataError {
    DataError(
      "expected \"\(key)\" of the configuration to be \(range), found \(value.text().prefix(40)); "
        + "check the file given with --config")
  }

  /// A size, 1 or more.
  func count(_ key: String, _ standard: Int) throws(DataError) -> Int {
    guard let value = value(key) else { return standard }
    guard let count = value.integerValue, (1...Self.limit).contains(count) else {
      throw refused(key, "a whole number from 1 to \(Self.limit)", value)
    }
    return count
  }

  /// A number in 0...1.
  func probability(_ key: String, _ standard: Double) throws(DataError) -> Double {
    guard let value = value(key) else { return standard }
    guard let number = value.doubleValue, (0...1).contains(number) else {
      throw refused(key, "a number from 0 to 1", value)
    }
    return number
  }

  /// A number above 0.
  func positive(_ key: String, _ standard: Double) throws(DataError) -> Double {
    guard let value = value(key) else { return standard }
    guard let number = value.doubleValue, number > 0, number.isFinite else {
      throw refused(key, "a number above 0", value)
    }
    return number
  }

  /// A function by its name.
  func activation(
    _ key: String, _ standard: TextActivation
  ) throws(DataError) -> TextActivation {
    guard let value = value(key) else { return standard }
    guard let activation = value.stringValue.flatMap({ TextActivation(name: $0) }) else {
      let known = TextActivation.allCases.map(\.rawValue).joined(separator: ", ")
      throw refused(key, "one of \(known)", value)
    }
    return activation
  }

  /// A setting that has only one value here.
  func demand(_ key: String, _ expected: Bool) throws(DataError) {
    guard let value = value(key), value != .bool(expected) else { return }
    throw refused(key, "\(expected), the form that is built here", value)
  }

  /// A setting that has only one value here.
  func demand(_ key: String, _ expected: String) throws(DataError) {
    guard let value = value(key), value != .string(expected) else { return }
    throw refused(key, "\"\(expected)\", the form that is built here", value)
  }

  func demandDivisor(
    _ divisor: Int, of number: Int, _ divisorKey: String, _ key: String
  ) throws(DataError) {
    guard number.isMultiple(of: divisor) else {
      throw DataError(
        "expected \"\(key)\" of the configuration to be a multiple of \"\(divisorKey)\", found "
          + "\(number) and \(divisor); check the file given with --config")
    }
  }
}
