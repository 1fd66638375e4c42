extension JSONValue {
  /// Parses JSON strictly as RFC 8259 has it: UTF-8 without byte order mark, no comments, no
  /// trailing commas, nothing after the value, and no key twice in an object.
  ///
  /// - Parameters:
  ///   - bytes: The text.
  ///   - name: The file, or what errors call the text.
  ///   - maximumDepth: How deep arrays and objects may nest.
  ///   - maximumCount: How many values there may be in all.
  /// - Throws: `DataError` with line and column of the first mistake.
  public init(
    parsing bytes: [UInt8], name: String, maximumDepth: Int = 64, maximumCount: Int = 4_000_000
  ) throws(DataError) {
    var parser = JSONParser(
      bytes: bytes, name: name, maximumDepth: maximumDepth, remainingCount: maximumCount)
    self = try parser.parse()
  }

  /// Parses JSON as from bytes.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - name: What errors call it.
  /// - Throws: `DataError` with line and column of the first mistake.
  public init(parsing text: String, name: String = "JSON text") throws(DataError) {
    try self.init(parsing: Array(text.utf8), name: name)
  }
}

/// A recursive descent parser; the depth bounds its recursion.
private struct JSONParser {
  let bytes: [UInt8]
  let name: String
  let maximumDepth: Int
  var remainingCount: Int
  var position = 0
  var depth = 0

  init(bytes: [UInt8], name: String, maximumDepth: Int, remainingCount: Int) {
    self.bytes = bytes
    self.name = name
    self.maximumDepth = maximumDepth
    self.remainingCount = remainingCount
  }

  /// The only value of the text.
  mutating func parse() throws(DataError) -> JSONValue {
    skipWhitespace()
    let value = try parseValue()
    skipWhitespace()
    guard position == bytes.count else { throw unexpected("the end of the text") }
    return value
  }

  private mutating func parseValue() throws(DataError) -> JSONValue {
    guard remainingCount > 0 else {
      throw failure("expected fewer values; check that this is the right file")
    }
    remainingCount -= 1
    switch peek {
    case UInt8(ascii: "{"):
      try open()
      defer { depth -= 1 }
      return .object(try parseObject())
    case UInt8(ascii: "["):
      try open()
      defer { depth -= 1 }
      return .array(try parseArray())
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parse("true", as: .bool(true))
    case UInt8(ascii: "f"): return try parse("false", as: .bool(false))
    case UInt8(ascii: "n"): return try parse("null", as: .null)
    case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return try parseNumber()
    default: throw unexpected("a value")
    }
  }

  private mutating func open() throws(DataError) {
    guard depth < maximumDepth else {
      throw failure(
        "expected at most \(maximumDepth) nested arrays and objects, found more; simplify the file")
    }
    depth += 1
    position += 1
    skipWhitespace()
  }

  private mutating func parseObject() throws(DataError) -> JSONObject {
    var object = JSONObject()
    if take(UInt8(ascii: "}")) { return object }
    while true {
      guard peek == UInt8(ascii: "\"") else { throw unexpected("a key in quotation marks") }
      let start = position
      let key = try parseString()
      skipWhitespace()
      guard take(UInt8(ascii: ":")) else { throw unexpected("\":\"") }
      skipWhitespace()
      guard object.insert(key, try parseValue()) else {
        position = start
        throw failure("expected each key once, found \(quoted(key)) again; remove one of them")
      }
      skipWhitespace()
      if take(UInt8(ascii: "}")) { return object }
      guard take(UInt8(ascii: ",")) else { throw unexpected("\",\" or \"}\"") }
      skipWhitespace()
    }
  }

  private mutating func parseArray() throws(DataError) -> [JSONValue] {
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try parseValue())
      skipWhitespace()
      if take(UInt8(ascii: "]")) { return elements }
      guard take(UInt8(ascii: ",")) else { throw unexpected("\",\" or \"]\"") }
      skipWhitespace()
    }
  }

  private mutating func parse(
    _ word: StaticString, as value: JSONValue
  ) throws(DataError) -> JSONValue {
    let isThere = word.withUTF8Buffer { word in bytes[position...].starts(with: word) }
    guard isThere else { throw unexpected("\(word)") }
    position += word.utf8CodeUnitCount
    return value
  }

  // MARK: - Numbers

  private mutating func parseNumber() throws(DataError) -> JSONValue {
    let start = position
    var isInteger = true
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try parseDigits() }
    if take(UInt8(ascii: ".")) {
      isInteger = false
      try parseDigits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isInteger = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try parseDigits()
    }
    guard position - start <= 1_000 else {
      position = start
      throw failure("expected a number of at most 1000 characters, found a longer one; shorten it")
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, text != "-0", let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      position = start
      throw failure("expected a number of magnitude below 1.8e308, found \(quoted(text))")
    }
    return .number(value)
  }

  private mutating func parseDigits() throws(DataError) {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else { throw unexpected("a digit") }
  }

  // MARK: - Strings

  private mutating func parseString() throws(DataError) -> String {
    position += 1
    let start = position
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    if peek == UInt8(ascii: "\"") {
      let text = try validated(bytes[start..<position], at: start)
      position += 1
      return text
    }
    return try parseEscapedString(start)
  }

  private mutating func parseEscapedString(_ start: Int) throws(DataError) -> String {
    var content = Array(bytes[start..<position])
    while true {
      guard let byte = peek else { throw unexpected("the closing quotation mark of a string") }
      switch byte {
      case UInt8(ascii: "\""):
        let text = try validated(content[...], at: start)
        position += 1
        return text
      case UInt8(ascii: "\\"):
        position += 1
        content += String(try parseEscape()).utf8
      case 0..<0x20:
        throw failure(
          "expected control characters of strings escaped, found one as it is; escape it")
      default:
        content.append(byte)
        position += 1
      }
    }
  }

  private func validated(_ bytes: ArraySlice<UInt8>, at start: Int) throws(DataError) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    throw failure("expected UTF-8 text, found other bytes in a string; convert it", at: start)
  }

  private mutating func parseEscape() throws(DataError) -> Unicode.Scalar {
    guard let byte = peek else { throw unexpected("an escaped character") }
    let scalar: Unicode.Scalar? =
      switch byte {
      case UInt8(ascii: "\""): "\""
      case UInt8(ascii: "\\"): "\\"
      case UInt8(ascii: "/"): "/"
      case UInt8(ascii: "b"): "\u{8}"
      case UInt8(ascii: "f"): "\u{c}"
      case UInt8(ascii: "n"): "\n"
      case UInt8(ascii: "r"): "\r"
      case UInt8(ascii: "t"): "\t"
      default: nil
      }
    if let scalar {
      position += 1
      return scalar
    }
    guard take(UInt8(ascii: "u")) else { throw unexpected("one of \"\\/bfnrtu after a backslash") }
    let first = try parseHexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // A character beyond the 16-bit range is written as a pair.
    if first < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
      let second = try parseHexadecimal()
      if (0xdc00..<0xe000).contains(second) {
        let offset = (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00)
        if let scalar = Unicode.Scalar(0x1_0000 + offset) { return scalar }
      }
    }
    throw failure("expected a pair of surrogates, found half of one; correct the escape")
  }

  private mutating func parseHexadecimal() throws(DataError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue,
        byte < 0x80
      else { throw unexpected("four hexadecimal digits") }
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return value
  }

  // MARK: - Characters

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipWhitespace() {
    while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }

  private func unexpected(_ expected: String) -> DataError {
    let found =
      switch peek {
      case nil: "the end of the text"
      case let byte? where byte > 0x20 && byte < 0x7f: "\"\(Unicode.Scalar(byte))\""
      case let byte?: "the byte \(byte)"
      }
    return failure("expected \(expected), found \(found); correct the file")
  }

  private func failure(_ sentence: String, at place: Int? = nil) -> DataError {
    let before = bytes[..<(place ?? position)]
    let line = before.count { $0 == 0x0a } + 1
    let column = before.count - (before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0) + 1
    return DataError(name, "line \(line), column \(column): \(sentence)")
  }
}
