import HebbRecipes
import HebbTraining
import Testing

@Suite struct CatalogTests {
  /// Every layer of HebbNN is listed: those are the public final classes in Sources/HebbNN/Layers.
  @Test func listsEveryLayer() throws {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    let folder = parts.joined(separator: "/") + "/Sources/HebbNN/Layers"
    var found: [String] = []
    for name in try Folder.names(in: folder) {
      let text = try #require(SystemFile.text("\(folder)/\(name)"))
      for line in text.split(separator: "\n") where line.hasPrefix("public final class ") {
        let rest = line.dropFirst("public final class ".count)
        found.append(String(rest.prefix { $0.isLetter || $0.isNumber }))
      }
    }
    #expect(found.count > 10)
    #expect(Catalog.entries(.layers).map(\.name).sorted() == found.sorted())
  }

  @Test(arguments: Catalog.Kind.allCases) func everyEntryIsExplained(kind: Catalog.Kind) {
    let entries = Catalog.entries(kind)
    #expect(!entries.isEmpty)
    #expect(entries.allSatisfy { !$0.name.isEmpty && !$0.summary.isEmpty })
    #expect(Set(entries.map(\.name)).count == entries.count)
  }

  @Test func recipesAndDataAgree() {
    #expect(Catalog.entries(.recipes).map(\.name) == Recipe.all.map(\.name) + Study.all.map(\.name))
    #expect(
      Catalog.entries(.datasets).map(\.name) == [
        "synthetic-linear", "fashion-mnist", "mnist", "cifar10", "tinyshakespeare", "time-machine",
        "mnist-pictures",
      ])
  }

  /// What `hebb run` takes is listed, and every command that a model names works.
  @Test func modelsNameTheirCommands() throws {
    let entries = Catalog.entries(.models)
    #expect(Set(ModelTable.all.map(\.name)).isSubset(of: entries.map(\.name)))
    for entry in entries where !entry.summary.hasSuffix("in a Swift program") {
      let command = try #require(
        entry.summary.firstMatch(of: /; hebb (train|run) ([a-z0-9-]+)$/), "\(entry.name)")
      if command.1 == "run" {
        _ = try ModelTable.model(named: String(command.2))
      } else {
        #expect(Catalog.entries(.recipes).contains { $0.name == command.2 }, "\(entry.name)")
      }
    }
  }
}
