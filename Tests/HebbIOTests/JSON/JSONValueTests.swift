import HebbIO
import Testing

struct JSONValueTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: text, name: "j") }

  @Test func parsesEveryKindOfValue() throws {
    let value = try parse(
      """
       {"n": null, "t": true, "f": false, "i": -12, "d": 2.50, "e": 1E+2, "z": -0,
        "s": "a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00é😀", "a": [ 1 , [ ] ], "o": { } }
      """)
    #expect(
      value
        == [
          "n": nil, "t": true, "f": false, "i": -12, "d": 2.5, "e": 100.0, "z": -0.0,
          "s": "a\"\\/\u{8}\u{c}\n\r\té😀é😀", "a": [1, []], "o": [:],
        ])
    #expect(value.objectValue?.keys == ["n", "t", "f", "i", "d", "e", "z", "s", "a", "o"])
    #expect(value["z"]?.doubleValue?.sign == .minus)
    #expect(try parse("9223372036854775807") == .integer(.max))
    #expect(try parse("9223372036854775808") == .number(9223372036854775808))
    #expect(try parse(" \t\r\n\"x\" ") == "x")
  }

  @Test(arguments: [
    ("", "line 1, column 1: expected a value, found the end of the text; correct the file"),
    ("[1,]", "line 1, column 4: expected a value, found \"]\"; correct the file"),
    ("[1 2]", "line 1, column 4: expected \",\" or \"]\", found \"2\"; correct the file"),
    (
      "{\"a\":1,}",
      "line 1, column 8: expected a key in quotation marks, found \"}\"; correct the file"
    ),
    ("{\"a\" 1}", "line 1, column 6: expected \":\", found \"1\"; correct the file"),
    (
      "{\"a\":1 \"b\"}", "line 1, column 8: expected \",\" or \"}\", found \"\"\"; correct the file"
    ),
    ("{a:1}", "line 1, column 2: expected a key in quotation marks, found \"a\"; correct the file"),
    ("1 1", "line 1, column 3: expected the end of the text, found \"1\"; correct the file"),
    ("\n [tru]", "line 2, column 3: expected true, found \"t\"; correct the file"),
    ("01", "line 1, column 2: expected the end of the text, found \"1\"; correct the file"),
    ("-", "line 1, column 2: expected a digit, found the end of the text; correct the file"),
    ("1.", "line 1, column 3: expected a digit, found the end of the text; correct the file"),
    (".5", "line 1, column 1: expected a value, found \".\"; correct the file"),
    ("1e", "line 1, column 3: expected a digit, found the end of the text; correct the file"),
    ("NaN", "line 1, column 1: expected a value, found \"N\"; correct the file"),
    ("1e999", "line 1, column 1: expected a number of magnitude below 1.8e308, found \"1e999\""),
    (
      "\"a",
      "line 1, column 3: expected the closing quotation mark of a string, found the end of the "
        + "text; correct the file"
    ),
    (
      "\"\\x\"",
      "line 1, column 3: expected one of \"\\/bfnrtu after a backslash, found \"x\"; correct the "
        + "file"
    ),
    (
      "\"\\u12g4\"",
      "line 1, column 6: expected four hexadecimal digits, found \"g\"; correct the file"
    ),
    (
      "\"\\ud800\"",
      "line 1, column 8: expected a pair of surrogates, found half of one; correct the escape"
    ),
    (
      "\"\\ud800\\u0041\"",
      "line 1, column 14: expected a pair of surrogates, found half of one; correct the escape"
    ),
    (
      "\"\\udc00\"",
      "line 1, column 8: expected a pair of surrogates, found half of one; correct the escape"
    ),
    (
      "\"\u{1}\"",
      "line 1, column 2: expected control characters of strings escaped, found one as it is; "
        + "escape it"
    ),
    (
      "{\"a\":1,\n\"a\":2}",
      "line 2, column 1: expected each key once, found \"a\" again; remove one of them"
    ),
    ("\u{feff}1", "line 1, column 1: expected a value, found the byte 239; correct the file"),
    ("[1] // no", "line 1, column 5: expected the end of the text, found \"/\"; correct the file"),
  ])
  func rejectsWhatIsNotJSON(text: String, sentence: String) {
    expectError("j: \(sentence)") { _ = try parse(text) }
  }

  @Test func rejectsOtherEncodings() {
    expectError(
      "j: line 1, column 2: expected UTF-8 text, found other bytes in a string; convert it"
    ) { _ = try JSONValue(parsing: [0x22, 0xe9, 0x22], name: "j") }
    // An overlong slash, and a surrogate.
    for text in [[0xc0, 0xaf], [0xed, 0xa0, 0x80]] as [[UInt8]] {
      #expect(throws: DataError.self) {
        try JSONValue(parsing: [0x22] + text + [0x22], name: "j")
      }
    }
  }

  @Test func keysThatDifferOnlyInEscapesAreEqual() {
    expectError(
      "j: line 1, column 8: expected each key once, found \"a\" again; remove one of them"
    ) { _ = try parse("{\"a\":1,\"\\u0061\":2}") }
  }

  @Test func manyKeysAreFoundAndDuplicatesToo() throws {
    let members = (0..<5_000).map { "\"k\($0)\": \($0)" }
    let value = try parse("{\(members.joined(separator: ","))}")
    #expect(value["k0"] == 0 && value["k7"] == 7 && value["k8"] == 8 && value["k4999"] == 4_999)
    #expect(value["k5000"] == nil)
    #expect(value.objectValue?.count == 5_000)
    #expect(throws: DataError.self) {
      try parse("{\(members.joined(separator: ",")),\"k4321\":0}")
    }
  }

  @Test func depthIsBounded() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try parse(nested(64))
    expectError(
      "j: line 1, column 65: expected at most 64 nested arrays and objects, found more; simplify "
        + "the file"
    ) { _ = try parse(nested(65)) }
    #expect(throws: DataError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
    #expect(throws: DataError.self) { try parse(String(repeating: "{\"a\":", count: 1_000_000)) }
  }

  @Test func countAndLengthAreBounded() throws {
    let text = Array("[0,0,0,0]".utf8)
    _ = try JSONValue(parsing: text, name: "j", maximumCount: 5)
    expectError("j: line 1, column 8: expected fewer values; check that this is the right file") {
      _ = try JSONValue(parsing: text, name: "j", maximumCount: 4)
    }
    expectError(
      "j: line 1, column 1: expected a number of at most 1000 characters, found a longer one; "
        + "shorten it"
    ) { _ = try parse(String(repeating: "1", count: 1_001)) }
  }

  @Test func writesInOrder() {
    let value: JSONValue = [
      "z": 1, "a": [1, 2.5, nil, true, []], "text": "q\"\\\n\u{1}\u{7f}é😀\u{2028}", "o": ["k": [:]],
    ]
    #expect(
      value.text()
        == #"{"z":1,"a":[1,2.5,null,true,[]],"#
        + #""text":"q\"\\\n\u0001\u007fé😀\u2028","o":{"k":{}}}"#)
    #expect(
      (["a": 1, "b": [true, "x"], "c": []] as JSONValue).text(isIndented: true)
        == """
        {
          "a": 1,
          "b": [
            true,
            "x"
          ],
          "c": []
        }
        """)
  }

  @Test(arguments: [
    0, -0.0, 0.1, 1, 1e21, 1e-7, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi,
    123_456_789.125,
  ])
  func numbersSurvive(number: Double) throws {
    let read = try parse(JSONValue.number(number).text()).doubleValue
    #expect(read?.bitPattern == number.bitPattern)
  }

  @Test func notANumberAndInfinityAreStrings() throws {
    let value: JSONValue = [.number(.nan), .number(.infinity), .number(-.infinity)]
    #expect(value.text() == #"["nan","inf","-inf"]"#)
    let read = try parse(value.text()).arrayValue?.compactMap(\.doubleValue) ?? []
    #expect(read.count == 3 && read[0].isNaN && read[1] == .infinity && read[2] == -.infinity)
  }

  @Test func accessorsGiveNilForOtherKinds() {
    #expect((1.0 as JSONValue).integerValue == 1)
    #expect((1.5 as JSONValue).integerValue == nil)
    #expect((1e300 as JSONValue).integerValue == nil)
    #expect((3 as JSONValue).doubleValue == 3)
    #expect(("x" as JSONValue).doubleValue == nil)
    #expect(("x" as JSONValue)["a"] == nil)
    #expect((true as JSONValue).boolValue == true && (1 as JSONValue).boolValue == nil)
  }

  @Test func objectsCanBeEdited() {
    var object = JSONObject((0..<20).map { ("k\($0)", .integer($0)) })
    object["k3"] = nil
    object["k5"] = "five"
    object["new"] = true
    object["absent"] = nil
    #expect(object.count == 20)
    #expect(object["k3"] == nil && object["k5"] == "five" && object["k19"] == 19)
    #expect(object.keys.last == "new" && object["new"] == true)
    for index in 0..<20 { object["k\(index)"] = nil }
    #expect(object.keys == ["new"] && object["new"] == true)
  }

  @Test func orderDoesNotMatterForEquality() {
    let a: JSONValue = ["x": 1, "y": [2]]
    let b: JSONValue = ["y": [2], "x": 1]
    #expect(a == b && a.hashValue == b.hashValue)
    #expect(a != ["x": 1, "y": [3]] && a != ["x": 1])
  }
}
