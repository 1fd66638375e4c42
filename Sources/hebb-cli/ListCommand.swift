import ArgumentParser
import Hebb

/// `hebb list`: what there is.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists recipes, models, data sets, layers or systems.")

  @Argument(help: "models, recipes, datasets, layers or systems.")
  var kind: Catalog.Kind = .recipes

  @Flag(help: "Print one JSON array.")
  var json = false

  func run() throws {
    let entries = Catalog.entries(kind)
    if json, kind == .systems {
      print(JSONValue.array(TextbookSystem.all.map(Self.object)).text())
    } else if json {
      let objects = entries.map { entry -> JSONValue in
        ["name": .string(entry.name), "summary": .string(entry.summary)]
      }
      print(JSONValue.array(objects).text())
    } else {
      Console.printTable(entries.map { [$0.name, $0.summary] })
    }
  }

  /// A system with where it lives and what shows that it works.
  private static func object(_ system: TextbookSystem) -> JSONValue {
    [
      "id": .string(system.id), "title": .string(system.title), "home": .string(system.home),
      "shown_by": .array(system.evidence.map { .string($0.description) }),
    ]
  }
}

extension Catalog.Kind: ExpressibleByArgument {}
