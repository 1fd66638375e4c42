/// A machine for Python's pickles that executes nothing: it knows numbers, texts and containers, and
/// the few names of `PickleGlobal`. Every other name is an error.
///
/// Opcodes of the protocols 2 to 5, as `torch.save` writes them.
///
/// - SeeAlso: Python's `pickletools.py`; PyTorch's `torch/_weights_only_unpickler.py` has the same
///   purpose.
struct PickleMachine {
  var reader: PickleReader
  var strings: [String] = []
  /// The elements of lists, tuples, sets and dictionaries.
  var containers: [[PickleValue]] = []
  var storages: [PickleStorage] = []
  var tensors: [PickleTensor] = []

  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// How many elements have been copied from one container to another.
  private var copiedCount = 0

  /// No table and no stack grows longer.
  static let maximumCount = 1 << 22

  init(_ reader: PickleReader) { self.reader = reader }

  /// Reads one pickle to its end.
  mutating func run() throws(DataError) -> PickleValue {
    stack = []
    marks = []
    memo = [:]
    while true {
      let code = try reader.byte()
      if code == UInt8(ascii: ".") {
        guard stack.count == 1, marks.isEmpty else { throw reader.damaged("leftover values") }
        return stack[0]
      }
      try step(code)
      let largest = max(stack.count, max(memo.count, max(strings.count, containers.count)))
      guard largest <= Self.maximumCount, tensors.count + storages.count <= Self.maximumCount else {
        throw reader.damaged("more than \(Self.maximumCount) values")
      }
    }
  }

  // MARK: - Values

  /// The text of a value; nil for anything else.
  func text(_ value: PickleValue) -> String? {
    if case .string(let place) = value { strings[place] } else { nil }
  }

  /// The elements of a list or tuple; nil for anything else.
  func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .list(let place), .tuple(let place): containers[place]
    default: nil
    }
  }

  /// The integer elements of a list or tuple; nil for anything else.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value), elements.count <= 64 else { return nil }
    var result: [Int] = []
    for element in elements {
      guard case .integer(let integer) = element else { return nil }
      result.append(integer)
    }
    return result
  }

  mutating func container(_ elements: [PickleValue]) -> Int {
    containers.append(elements)
    return containers.count - 1
  }

  mutating func string(_ text: String) -> PickleValue {
    strings.append(text)
    return .string(strings.count - 1)
  }

  /// Notes that elements are copied, so that a small file cannot have many copied many times.
  mutating func noteCopies(_ count: Int) throws(DataError) {
    copiedCount += count
    guard copiedCount <= Self.maximumCount else { throw reader.damaged("too many copies") }
  }

  // MARK: - Stack

  private mutating func pop() throws(DataError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
      throw reader.damaged("an operation without operands")
    }
    return value
  }

  private mutating func popToMark() throws(DataError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw reader.damaged("an operation without mark") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func pushText(_ count: Int) throws(DataError) {
    // Python allows lone surrogates; they become U+FFFD here.
    stack.append(string(String(decoding: try reader.bytes(count), as: UTF8.self)))
  }

  private mutating func pushTuple(_ count: Int) throws(DataError) {
    var values: [PickleValue] = []
    for _ in 0..<count { values.append(try pop()) }
    stack.append(.tuple(container(values.reversed())))
  }

  private mutating func recall(_ place: Int) throws(DataError) {
    guard let value = memo[place] else { throw reader.damaged("a missing memo \(place)") }
    stack.append(value)
  }

  private mutating func memorize(_ place: Int) throws(DataError) {
    guard let value = stack.last else { throw reader.damaged("an operation without operands") }
    memo[place] = value
  }

  private mutating func append(_ values: [PickleValue]) throws(DataError) {
    switch stack.last {
    case .list(let place), .set(let place): containers[place] += values
    default: throw reader.damaged("elements without list")
    }
  }

  private mutating func setItems(_ values: [PickleValue]) throws(DataError) {
    guard case .dictionary(let place) = stack.last, values.count.isMultiple(of: 2) else {
      throw reader.damaged("items without dictionary")
    }
    containers[place] += values
  }

  // MARK: - Opcodes

  private mutating func step(_ code: UInt8) throws(DataError) {
    switch code {
    case 0x80:  // PROTO
      let version = try reader.byte()
      guard (2...5).contains(version) else {
        throw reader.damaged("protocol \(version) instead of 2 to 5")
      }
    case 0x95: _ = try reader.bytes(8)  // FRAME
    case 0x4e: stack.append(.none)  // NONE
    case 0x88: stack.append(.bool(true))  // NEWTRUE
    case 0x89: stack.append(.bool(false))  // NEWFALSE
    case 0x28: marks.append(stack.count)  // MARK
    case 0x30:  // POP
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case 0x31: _ = try popToMark()  // POP_MARK
    case 0x32:  // DUP
      let value = try pop()
      stack += [value, value]
    case 0x71: try memorize(Int(try reader.byte()))  // BINPUT
    case 0x72: try memorize(reader.size(4))  // LONG_BINPUT
    case 0x94: try memorize(memo.count)  // MEMOIZE
    case 0x68: try recall(Int(try reader.byte()))  // BINGET
    case 0x6a: try recall(reader.size(4))  // LONG_BINGET
    case 0x63:  // GLOBAL
      let module = try reader.line()
      stack.append(try global(module, reader.line()))
    case 0x93:  // STACK_GLOBAL
      let name = try pop()
      guard let name = text(name), let module = text(try pop()) else {
        throw reader.damaged("a name that is no text")
      }
      stack.append(try global(module, name))
    case 0x51: stack.append(try storage(pop()))  // BINPERSID
    case 0x52, 0x81:  // REDUCE, NEWOBJ
      let arguments = try pop()
      let callee = try pop()
      guard case .global(let global) = callee, case .tuple(let place) = arguments else {
        throw reader.damaged("a call of something that is no name")
      }
      stack.append(try reduce(global, containers[place]))
    case 0x62: try build(pop())  // BUILD
    default:
      if try !stepNumber(code), try !stepContainer(code) {
        throw reader.damaged("the operation \(code), which PyTorch does not write,")
      }
    }
  }

  private mutating func stepNumber(_ code: UInt8) throws(DataError) -> Bool {
    switch code {
    case 0x4a:  // BININT
      let bits = UInt32(truncatingIfNeeded: try reader.unsigned(4))
      stack.append(.integer(Int(Int32(bitPattern: bits))))
    case 0x4b: stack.append(.integer(Int(try reader.byte())))  // BININT1
    case 0x4d: stack.append(.integer(try reader.size(2)))  // BININT2
    case 0x8a: stack.append(try long(Int(try reader.byte())))  // LONG1
    case 0x8b: stack.append(try long(reader.size(4)))  // LONG4
    case 0x47:  // BINFLOAT
      stack.append(.number(Double(bitPattern: try reader.unsigned(8).byteSwapped)))
    case 0x58: try pushText(reader.size(4))  // BINUNICODE
    case 0x8c: try pushText(Int(try reader.byte()))  // SHORT_BINUNICODE
    case 0x8d: try pushText(reader.size(8))  // BINUNICODE8
    case 0x54: try pushText(reader.size(4))  // BINSTRING, from Python 2
    case 0x55: try pushText(Int(try reader.byte()))  // SHORT_BINSTRING
    case 0x42: stack.append(.bytes(try reader.bytes(reader.size(4)).count))  // BINBYTES
    case 0x43: stack.append(.bytes(try reader.bytes(Int(reader.byte())).count))  // SHORT_BINBYTES
    case 0x8e, 0x96:  // BINBYTES8, BYTEARRAY8
      stack.append(.bytes(try reader.bytes(reader.size(8)).count))
    default: return false
    }
    return true
  }

  private mutating func stepContainer(_ code: UInt8) throws(DataError) -> Bool {
    switch code {
    case 0x29: stack.append(.tuple(container([])))  // EMPTY_TUPLE
    case 0x5d: stack.append(.list(container([])))  // EMPTY_LIST
    case 0x7d: stack.append(.dictionary(container([])))  // EMPTY_DICT
    case 0x8f: stack.append(.set(container([])))  // EMPTY_SET
    case 0x85: try pushTuple(1)  // TUPLE1
    case 0x86: try pushTuple(2)  // TUPLE2
    case 0x87: try pushTuple(3)  // TUPLE3
    case 0x74: stack.append(.tuple(container(try popToMark())))  // TUPLE
    case 0x6c: stack.append(.list(container(try popToMark())))  // LIST
    case 0x91: stack.append(.set(container(try popToMark())))  // FROZENSET
    case 0x64:  // DICT
      let values = try popToMark()
      stack.append(.dictionary(container([])))
      try setItems(values)
    case 0x61: try append([pop()])  // APPEND
    case 0x65, 0x90: try append(popToMark())  // APPENDS, ADDITEMS
    case 0x73:  // SETITEM
      let value = try pop()
      try setItems([pop(), value])
    case 0x75: try setItems(popToMark())  // SETITEMS
    default: return false
    }
    return true
  }

  /// A number of any length, two's complement; what does not fit into 64 bits becomes a `Double`.
  private mutating func long(_ count: Int) throws(DataError) -> PickleValue {
    guard count <= 1_024 else { throw reader.damaged("a number of \(count) bytes") }
    let bytes = try reader.bytes(count)
    let isNegative = (bytes.last ?? 0) >= 0x80
    if count <= 8 {
      var bits: UInt64 = isNegative ? .max : 0
      for (place, byte) in bytes.enumerated() {
        bits &= ~(0xff << UInt64(8 * place))
        bits |= UInt64(byte) << UInt64(8 * place)
      }
      return .integer(Int(Int64(bitPattern: bits)))
    }
    var result = isNegative ? -1.0 : 0.0
    for byte in bytes.reversed() { result = result * 256 + Double(byte) }
    return .number(result)
  }

  private func global(_ module: String, _ name: String) throws(DataError) -> PickleValue {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw DataError(reader.file.name, PickleGlobal.refusal(module: module, name: name))
    }
    return .global(global)
  }

  /// The state of an object. Dictionaries have notes about versions of layers there, which nobody
  /// needs.
  private mutating func build(_ state: PickleValue) throws(DataError) {
    switch stack.last {
    case .dictionary, .tensor: return
    default: throw reader.damaged("the state of an object that has none")
    }
  }
}
