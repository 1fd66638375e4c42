import HebbCore
import HebbData
import HebbIO
import Testing

struct TableTests {
  private func table() throws -> Table {
    try CSV.read(
      InputFile(
        bytes: Array("size,zone,rooms\n10,RL,1\n20,NA,3\nNA,RM,3\n30,RL,2\n".utf8), name: "f"))
  }

  private func values(_ table: Table) throws -> [Double] {
    try table.tensor(dtype: .float64).doubles()
  }

  /// As in "Dive into Deep Learning" §5.7: standardize by pandas' mean and std, fill with 0, then
  /// `get_dummies(dummy_na=True)`.
  @Test func theWayOfTheHousePrices() throws {
    let table = try table()
    let scale = try table.standardization(correction: 1)
    #expect(scale.means == ["size": 20, "rooms": 2.25])
    #expect(scale.deviations["size"] == 10)
    let ready = try table.standardized(by: scale).fillingMissing(with: .value(0))
      .oneHot(countsMissing: true)
    #expect(ready.columnNames == ["size", "rooms", "zone_RL", "zone_RM", "zone_nan"])
    let inputs = try ready.tensor()
    #expect(inputs.type == TensorType([4, 5], .float32))
    let rows = inputs.doubles()
    #expect([rows[0], rows[5], rows[10], rows[15]] == [-1, 0, 0, 1])
    #expect(Array(rows[2..<5]) == [1, 0, 0] && Array(rows[7..<10]) == [0, 0, 1])
    #expect(abs(rows[1] - -1.25 / (2.75 / 3).squareRoot()) < 1e-6)
  }

  /// scikit-learn's StandardScaler divides by the number of rows; a constant column becomes zeros.
  @Test func standardizationOfTheTrainingRowsServesOthers() throws {
    let training = try Table(columns: [
      .init(name: "a", values: .numbers([1, 3])), .init(name: "b", values: .numbers([5, 5])),
    ])
    let scale = try training.standardization()
    #expect(try values(training.standardized(by: scale)) == [-1, 0, 1, 0])
    let test = training.rows([1, 1, 0])
    #expect(try values(test.standardized(by: scale)) == [1, 0, 1, 0, -1, 0])
  }

  @Test func missingNumbersAreFilled() throws {
    let sizes = try table().selecting(["size"])
    #expect(try values(sizes.fillingMissing(with: .mean)) == [10, 20, 20, 30])
    #expect(try values(sizes.fillingMissing(with: .median, in: ["size"])) == [10, 20, 20, 30])
    #expect(try table().droppingIncompleteRows().rowCount == 2)
  }

  @Test func labels() throws {
    let complete = try table().rows([0, 2, 3])
    let (classes, labels) = try complete.labels(of: "zone")
    #expect(classes == ["RL", "RM"] && labels.integers() == [0, 1, 0])
    #expect(try complete.labels(of: "zone", classes: ["RM", "RL"]).labels.integers() == [1, 0, 1])
    #expect(try table().labels(of: "rooms").classes == ["1", "2", "3"])
    let error = #expect(throws: DataError.self) { try table().labels(of: "zone") }
    #expect(
      error?.description
        == "f: expected one of 2 classes in row 2, column \"zone\", found a missing "
        + "value; correct or drop that row")
  }

  @Test func rowsOfTwoTablesAreCodedAlike() throws {
    let table = try table()
    let both = try table.rows([0]).appending(table.rows([2]))
    #expect(try both.oneHot().columnNames == ["size", "rooms", "zone_RL", "zone_RM"])
    #expect(throws: DataError.self) { try table.appending(table.dropping(["rooms"])) }
    // A column whose values are all missing fits to texts.
    let empty = try Table(columns: [.init(name: "zone", values: .numbers([.nan]))])
    #expect(try table.selecting(["zone"]).appending(empty).column("zone").missingCount == 2)
  }

  @Test func errorsNameRowAndColumn() throws {
    let table = try table()
    for (sentence, body) in [
      (
        "f: expected a number in row 3, column \"size\", found a missing value; fill it with "
          + "fillingMissing, or drop the column", { _ = try table.tensor(of: "size") }
      ),
      (
        "f: expected numbers in the column \"zone\", found texts such as \"RL\"; code them with "
          + "oneHot or labels, or drop the column", { _ = try table.selecting(["zone"]).tensor() }
      ),
      (
        "f: expected a column \"sizes\", found \"size\", \"zone\", \"rooms\"; check the name",
        { _ = try table.column("sizes") }
      ),
      (
        "f: expected at most 1 different values in the column \"zone\", found 2; drop it or raise "
          + "the limit", { _ = try table.oneHot(limit: 1) }
      ),
    ] as [(String, () throws -> Void)] {
      let error = #expect(throws: DataError.self) { try body() }
      #expect(error?.description == sentence)
    }
  }
}
