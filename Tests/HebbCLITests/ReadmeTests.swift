import Foundation
import Hebb
import HebbTestSupport
import Testing

/// What README and CONTRIBUTING say is so: the program runs as it stands there, files and names exist.
@Suite struct ReadmeTests {
  @Test func theProgramLearns() throws {
    // After five epochs; this seed comes to 0.82, chance is 0.1.
    #expect(try readmeProgram() > 0.78)
  }

  @Test func readmeShowsTheProgram() throws {
    let source = try Document(#filePath).lines
    let begin = try #require(source.firstIndex(of: "  // README begins"))
    let end = try #require(source.firstIndex(of: "  // README ends"))
    let program = source[(begin + 1)..<end].map { line in
      line.hasPrefix("  ") ? String(line.dropFirst(2)) : line
    }
    let shown = try Document("README.md").block(after: "```swift")
    #expect(shown == ["import Hebb", ""] + program)
    // "Twenty lines", as README says; empty ones do not count.
    #expect(shown.count { !$0.isEmpty } == 20)
  }

  @Test(arguments: ["README.md", "CONTRIBUTING.md", "docs/design.md", "docs/from-pytorch.md"])
  func namedFilesExist(_ name: String) throws {
    let paths = try Document(name).namedPaths
    #expect(paths.count >= 2)
    for path in paths {
      #expect(FileManager.default.fileExists(atPath: Document.root + path), "\(name) names \(path)")
    }
  }

  /// Each row of the table names a test, and each of these tests exists.
  @Test func thePainsAreShownByTests() throws {
    let lines = try Document("docs/pains.md").lines
    let rows = lines.filter { $0.firstMatch(of: /^\| [0-9]+ \|/) != nil }
    #expect(rows.count >= 20)
    for row in rows {
      let tests = row.matches(of: /`([A-Za-z]+Tests\/[A-Za-z0-9_\/]+\.swift):([A-Za-z0-9_]+)`/)
      #expect(!tests.isEmpty, "no test in \(row)")
      for test in tests {
        let text = try Document("Tests/\(test.1)").lines.joined(separator: "\n")
        #expect(text.contains("func \(test.2)("), "docs/pains.md names \(test.1):\(test.2)")
      }
    }
  }

  /// Each option that a document names beside a command is one of this command.
  @Test(.enabled(if: Tool.path != nil, Tool.absence))
  func namedOptionsExist() throws {
    var helps: [String: String] = [:]
    for name in ["README.md", "CONTRIBUTING.md", "docs/design.md", "docs/from-pytorch.md"] {
      let text = try Document(name).lines.joined(separator: "\n")
      for call in text.matches(of: /`(?:\.\/)?hebb ([a-z]+)([^`\n]*)/) {
        let command = String(call.1)
        if command == "help" { continue }
        if helps[command] == nil {
          let result = try Tool.run([command, "--help"], in: TemporaryFolder())
          #expect(result.status == 0, "\(name) names hebb \(command)")
          helps[command] = result.output
        }
        for option in call.2.matches(of: /--[a-z-]+/) {
          #expect(
            helps[command]?.contains(option.0) == true,
            "\(name): hebb \(command) has no \(option.0)")
        }
      }
    }
    #expect(helps.count >= 9)
  }

  @Test func theListOfRecipesIsComplete() throws {
    let text = try Document("docs/recipes.md").lines.joined(separator: "\n")
    for entry in Catalog.entries(.recipes) {
      #expect(text.contains("`\(entry.name)`"), "docs/recipes.md does not name \(entry.name)")
    }
  }
}

/// README's program, as the body of a function.
///
/// - Returns: The accuracy on the test images after the last epoch.
private func readmeProgram() throws -> Double {
  // README begins
  var random = PhiloxGenerator(seed: 1)
  let model = Sequential {
    Flatten()
    Linear(inputs: 784, outputs: 100, using: &random)
    ReLU()
    Linear(inputs: 100, outputs: 10, using: &random)
  }
  let images = try FashionMNIST.embeddedSubset()
  let loader = try DataLoader(images.training, batchSize: 100, isShuffled: true)
  let optimizer = SGD(model, rate: 0.1, momentum: 0.9)
  for epoch in 0..<5 {
    for batch in try loader.batches(from: DataPosition(epoch: epoch)) {
      let loss = softmaxCrossEntropy(logits: model(batch.inputs), labels: batch.targets)
      optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    }
    let test = images.test.batch(at: Array(0..<images.test.count))
    let hits = (model(test.inputs).argMax(axis: -1) .== test.targets).cast(to: .int64).sum()
    print("epoch \(epoch + 1): test accuracy \(hits.item() / Double(test.count))")
  }
  // README ends
  let test = images.test.batch(at: Array(0..<images.test.count))
  let answers = model(test.inputs).argMax(axis: -1).integers()
  let hits = zip(answers, test.targets.integers()).count { $0 == $1 }
  return Double(hits) / Double(test.count)
}
