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
    if json {
      let objects = entries.map { entry -> JSONValue in
        ["name": .string(entry.name), "summary": .string(entry.summary)]
      }
      print(JSONValue.array(objects).text())
    } else {
      Console.printTable(entries.map { [$0.name, $0.summary] })
    }
  }
}

extension Catalog.Kind: ExpressibleByArgument {}
