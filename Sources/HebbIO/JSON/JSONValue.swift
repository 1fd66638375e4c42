/// A JSON value whose objects keep the order of their members, so that the same value is always
/// written as the same bytes.
///
/// Not Foundation's `JSONSerialization`, because that accepts duplicate keys silently, forgets the
/// order of keys and does not tell an integer from a floating-point number.
public enum JSONValue: Sendable, Hashable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number without fraction and exponent that fits.
  case integer(Int)
  /// Any other number. JSON has no NaN and no infinity: they are written as the strings `"nan"`,
  /// `"inf"` and `"-inf"`, which `doubleValue` reads back.
  case number(Double)
  /// A string.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object.
  case object(JSONObject)
}

/// The members of a JSON object, in order; each key occurs once.
public struct JSONObject: Sendable, Hashable {
  /// Keys and values in order.
  public private(set) var members: [(key: String, value: JSONValue)] = []
  // Where each key stands; made when there are so many that a search would take long.
  private var index: [String: Int] = [:]

  private static let searchable = 8

  /// An object without members.
  public init() {}

  /// An object with these members in this order; where a key repeats, the last value counts.
  public init(_ members: some Sequence<(String, JSONValue)>) {
    for (key, value) in members { self[key] = value }
  }

  /// The number of members.
  public var count: Int { members.count }

  /// The keys in order.
  public var keys: [String] { members.map(\.key) }

  /// The value of a key, nil where there is none. Setting a new key adds it at the end.
  public subscript(key: String) -> JSONValue? {
    get { position(of: key).map { members[$0].value } }
    set {
      switch (position(of: key), newValue) {
      case (let position?, let value?): members[position].value = value
      case (nil, let value?): append(key, value)
      case (let position?, nil):
        members.remove(at: position)
        index = [:]
        indexMembers()
      case (nil, nil): break
      }
    }
  }

  /// Adds a member unless its key exists.
  ///
  /// - Returns: Whether it was added.
  mutating func insert(_ key: String, _ value: JSONValue) -> Bool {
    guard position(of: key) == nil else { return false }
    append(key, value)
    return true
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    members.append((key, value))
    if members.count > Self.searchable + 1 {
      index[key] = members.count - 1
    } else {
      indexMembers()
    }
  }

  private mutating func indexMembers() {
    guard members.count > Self.searchable else { return }
    for (position, member) in members.enumerated() { index[member.key] = position }
  }

  private func position(of key: String) -> Int? {
    members.count > Self.searchable ? index[key] : members.firstIndex { $0.key == key }
  }

  /// Whether both have the same keys with the same values, in any order.
  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.count == b.count && a.members.allSatisfy { b[$0.key] == $0.value }
  }

  /// Feeds the members to `hasher`, in an order that does not depend on theirs.
  public func hash(into hasher: inout Hasher) {
    for member in members.sorted(by: { $0.key < $1.key }) {
      hasher.combine(member.key)
      hasher.combine(member.value)
    }
  }
}

// MARK: - Reading values

extension JSONValue {
  /// The value of a key of an object; nil for anything else.
  public subscript(key: String) -> JSONValue? { objectValue?[key] }

  /// The truth value; nil for anything else.
  public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The integer, also one that was written with a fraction of zero; nil for anything else.
  public var integerValue: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The number, also one of the strings that stand for NaN and infinity; nil for anything else.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .string("nan"): .nan
    case .string("inf"): .infinity
    case .string("-inf"): -.infinity
    default: nil
    }
  }

  /// The string; nil for anything else.
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

  /// The elements of an array; nil for anything else.
  public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  /// The members of an object; nil for anything else.
  public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }
}

// MARK: - Literals

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// `null`.
  public init(nilLiteral: ()) { self = .null }
  /// `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An integer.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object with these members in this order; where a key repeats, the last value counts.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(elements))
  }
}
