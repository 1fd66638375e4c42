import HebbIO

extension Recipe {
  /// All recipes, the simplest first.
  public static var all: [Recipe] { [linearRegression, softmaxRegression, mlp, leNet] }

  /// The recipe of a name.
  ///
  /// - Throws: `DataError` that names the nearest one if there is none.
  public static func named(_ name: String) throws(DataError) -> Recipe {
    if let recipe = all.first(where: { $0.name == name }) { return recipe }
    let known = all.map(\.name)
    throw DataError(
      "expected one of the recipes \(known.joined(separator: ", ")), found \(quoted(name))"
        + suggestion(for: name, among: known))
  }
}
