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
      Catalog.entries(.datasets).map(\.name) == ["synthetic-linear", "fashion-mnist", "mnist"])
  }
}
