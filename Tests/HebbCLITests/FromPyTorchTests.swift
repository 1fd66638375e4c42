import Foundation
import Hebb
import Testing

/// What docs/from-pytorch.md says is so: every name of Hebb is declared, with these arguments, and the
/// training loop compiles and trains.
@Suite struct FromPyTorchTests {
  @Test func everyNameIsDeclared() throws {
    let declarations = try Declarations()
    let names = try Document("docs/from-pytorch.md").names
    #expect(names.count > 250)
    for name in names { #expect(declarations.contain(name), "\(name) is not declared") }
  }

  /// The search itself: these are declared, the others are not, so the test above can fail.
  @Test func theSearchCanFail() throws {
    let declarations = try Declarations()
    for name in [
      "Linear", "Tensor.sum(axes:keepingDimensions:)", "clamp(_:min:max:)", ".==", "Optimizer.rate",
      "Adam(_:rate:beta1:beta2:epsilon:weightDecay:amsgrad:)", ".batchMean", "Dropout2d",
    ] { #expect(declarations.contain(name), "\(name)") }
    for name in [
      "Dense", "Tensor.sum(dim:)", "Linear(in:out:)", ".=~", "Tensor.grad", "keepdim",
      "Adam.lr",
    ] { #expect(!declarations.contain(name), "\(name)") }
  }

  @Test func theLoopTrains() throws {
    var random = PhiloxGenerator(seed: 3)
    let model = Sequential {
      Flatten()
      Linear(inputs: 784, outputs: 10, using: &random)
    }
    let images = try FashionMNIST.embeddedSubset()
    let loader = try DataLoader(images.training, batchSize: 500, isShuffled: true)
    // log 10 = 2.3 is chance; two epochs come to about 1.2.
    #expect(try train(model, on: loader, epochs: 2) < 1.6)
  }

  @Test func thePageShowsTheLoop() throws {
    let source = try Document(#filePath).lines
    let begin = try #require(source.firstIndex(of: "// from-pytorch.md begins"))
    let end = try #require(source.firstIndex(of: "// from-pytorch.md ends"))
    let shown = try Document("docs/from-pytorch.md").block(after: "```swift")
    #expect(shown == Array(source[(begin + 1)..<end]))
  }
}

// from-pytorch.md begins
func train(
  _ model: some Layer, on loader: DataLoader<ArrayDataset>, epochs: Int
) throws -> Double {
  let optimizer = AdamW(model, rate: 1e-3)
  let schedule = Cosine(rate: 1e-3, steps: epochs * loader.batchCount)
  var last = 0.0
  for epoch in 0..<epochs {
    model.train()
    for batch in try loader.batches(from: DataPosition(epoch: epoch)) {
      let loss = softmaxCrossEntropy(logits: model(batch.inputs), labels: batch.targets)
      let slopes = gradients(of: loss, for: optimizer.parameters).clipped(toNorm: 1)
      optimizer.step(along: slopes, rate: schedule(at: optimizer.stepCount))
      last = loss.item()
    }
  }
  model.eval()
  return last
}
// from-pytorch.md ends

extension Document {
  /// The names between backquotes in the second column of tables, without those that index or say
  /// a command.
  fileprivate var names: [String] {
    lines.filter { $0.hasPrefix("| ") }.flatMap { line -> [String] in
      let cells = line.replacing("\\|", with: "\u{1}").split(separator: "|")
      guard cells.count == 2 else { return [] }
      return cells[1].matches(of: /`([^`]+)`/).map { String($0.1).replacing("\u{1}", with: "|") }
        .filter { !$0.contains(/[\[ @]/) && $0 != "lengths" }
    }
  }
}

/// What the public declarations in Sources are called, found by their text alone.
private struct Declarations {
  /// Types, properties, functions, cases.
  private var names: Set<String> = []
  /// The labels of each function, and of each initializer under the name of its type.
  private var labels: [String: [[String]]] = [:]

  init() throws {
    let sources = Document.root + "Sources"
    let files = FileManager.default.enumerator(atPath: sources)
    while let file = files?.nextObject() as? String {
      guard file.hasSuffix(".swift") else { continue }
      read(try String(contentsOfFile: "\(sources)/\(file)", encoding: .utf8))
    }
    #expect(names.count > 1_000)
  }

  private mutating func read(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let typePattern = /(?:public )?(?:final )?(class|struct|enum|protocol|extension) (\w+)/
    let memberPattern =
      /(?:public )?(?:private\(set\) )?(?:static |mutating |convenience )*(func|var|let|typealias|init)\b ?([\w]+|[^\w( ]+)?/
    var types: [(indentation: Int, name: String)] = []
    for (index, line) in lines.enumerated() {
      let code = line.drop { $0 == " " }
      let indentation = line.count - code.count
      if let match = code.prefixMatch(of: typePattern) {
        types.removeAll { $0.indentation >= indentation }
        types.append((indentation, String(match.2)))
        if match.1 != "extension" { names.insert(String(match.2)) }
      } else if code.hasPrefix("case "), let match = code.prefixMatch(of: /case (\w+)/) {
        names.insert(String(match.1))
      } else if code.hasPrefix("public ") || code.contains("{ get"),  // the latter in protocols
        let match = code.prefixMatch(of: memberPattern)
      {
        let type = types.last { $0.indentation < indentation }?.name
        let name = match.1 == "init" ? type ?? "" : String(match.2 ?? "")
        names.insert(name)
        if match.1 == "func" || match.1 == "init" {
          labels[name, default: []].append(Self.labels(in: lines[index...].prefix(12)))
        }
      }
    }
  }

  /// The labels of the first parameter list in some lines.
  private static func labels(in lines: ArraySlice<Substring>) -> [String] {
    let text = lines.joined(separator: " ")
    guard let begin = text.firstIndex(of: "(") else { return [] }
    var labels: [String] = []
    var depth = 0
    var word = ""
    var isOpen = true
    for character in text[begin...] {
      if "([{".contains(character) { depth += 1 }
      if ")]}".contains(character) { depth -= 1 }
      if depth == 0 { break }
      if depth == 1, character == "," {
        (word, isOpen) = ("", true)
      } else if depth == 1, character == ":", isOpen {
        labels.append(String(word.split(separator: " ").first ?? ""))
        isOpen = false
      } else if depth > 1 || character != "(" {
        word.append(character)
      }
    }
    return labels
  }

  /// Whether a name such as `Tensor.sum(axes:)`, `Linear` or `.mean` is declared.
  func contain(_ name: String) -> Bool {
    if name.hasPrefix("."), !name.contains(/\w/) { return names.contains(name) }
    let base = name.prefix { $0 != "(" }
    let parts = base.split(separator: ".").map(String.init)
    guard let last = parts.last, parts.allSatisfy(names.contains) else { return false }
    guard name.hasSuffix(")") else { return true }
    let wanted = name.dropFirst(base.count + 1).dropLast().split(separator: ":").map(String.init)
    return (labels[last] ?? []).contains { $0 == wanted }
  }
}
