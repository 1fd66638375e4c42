import HebbRecipes
import HebbTraining
import Testing

@Suite struct TextbookSystemTests {
  @Test func idsAreUnique() {
    let ids = TextbookSystem.all.map(\.id)
    #expect(Set(ids).count == ids.count)
  }

  /// A name that does not exist would make the index a claim without proof.
  @Test(arguments: TextbookSystem.all) func namesOnlyWhatExists(system: TextbookSystem) throws {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    let root = parts.joined(separator: "/")
    #expect(SystemFile.text("\(root)/\(system.home)") != nil, "\(system.id): \(system.home)")
    #expect(!system.evidence.isEmpty, "\(system.id) is not shown by anything")
    for evidence in system.evidence {
      switch evidence {
      case .recipe(let name):
        #expect(throws: Never.self, "\(system.id): no recipe \(name)") { try Job.named(name) }
      case .test(let file, let function):
        let text = try #require(SystemFile.text("\(root)/Tests/\(file)"), "\(system.id): \(file)")
        #expect(
          text.contains("func \(function)(") && text.contains("@Test"),
          "\(system.id): no test \(function) in \(file)")
      }
    }
  }
}
