import HebbCore
import HebbIO

extension Table {
  /// The means and standard deviations by which columns are scaled: made from the rows for training,
  /// used for all.
  public struct Scale: Sendable {
    /// The mean of each column.
    public let means: [String: Double]
    /// The standard deviation of each column; 1 for a column of equal numbers.
    public let deviations: [String: Double]
  }
}

extension Table {
  /// What takes the place of missing numbers.
  public enum Filling: Sendable {
    /// This number.
    case value(Double)
    /// The mean of the column; 0 where all are missing.
    case mean
    /// The median of the column; 0 where all are missing.
    case median
  }

  /// Means and standard deviations of the columns of numbers; missing values are left out.
  ///
  /// - Parameters:
  ///   - names: The columns; all columns of numbers where nil.
  ///   - correction: What is subtracted from the number of rows: 0 as in scikit-learn's
  ///     `StandardScaler`, 1 as in pandas' `std`.
  /// - Returns: What `standardized(by:)` takes.
  /// - Throws: `DataError` if there is no such column, or it has texts.
  public func standardization(
    of names: [String]? = nil, correction: Int = 0
  ) throws(DataError) -> Scale {
    var means: [String: Double] = [:]
    var deviations: [String: Double] = [:]
    for name in names ?? columns.filter(\.isNumeric).map(\.name) {
      let numbers = try numbers(of: name).filter { !$0.isNaN }
      let mean = numbers.isEmpty ? 0 : numbers.reduce(0, +) / Double(numbers.count)
      let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let divisor = numbers.count - correction
      let deviation = divisor > 0 ? (squares / Double(divisor)).squareRoot() : 0
      means[name] = mean
      // As scikit-learn does: a constant column becomes zeros.
      deviations[name] = deviation > 0 && deviation.isFinite ? deviation : 1
    }
    return Scale(means: means, deviations: deviations)
  }

  /// The table with (x − mean) / deviation in the columns that `scale` knows.
  ///
  /// - Throws: `DataError` if there is no such column, or it has texts.
  public func standardized(by scale: Scale) throws(DataError) -> Table {
    for name in scale.means.keys { _ = try numbers(of: name) }
    return try replacingColumns { column in
      guard case .numbers(let numbers) = column.values, let mean = scale.means[column.name],
        let deviation = scale.deviations[column.name]
      else { return [column] }
      return [
        Column(name: column.name, values: .numbers(numbers.map { ($0 - mean) / deviation }))
      ]
    }
  }

  /// The table with missing numbers filled in.
  ///
  /// - Parameters:
  ///   - filling: What takes their place.
  ///   - names: The columns; all columns of numbers where nil.
  /// - Returns: The table without missing numbers in these columns.
  /// - Throws: `DataError` if there is no such column, or it has texts.
  public func fillingMissing(
    with filling: Filling, in names: [String]? = nil
  ) throws(DataError) -> Table {
    for name in names ?? [] { _ = try numbers(of: name) }
    return try replacingColumns { column in
      guard case .numbers(let numbers) = column.values, names?.contains(column.name) ?? true else {
        return [column]
      }
      let value = Self.value(of: filling, for: numbers)
      return [
        Column(name: column.name, values: .numbers(numbers.map { $0.isNaN ? value : $0 }))
      ]
    }
  }

  private static func value(of filling: Filling, for numbers: [Double]) -> Double {
    let known = numbers.filter { !$0.isNaN }
    switch filling {
    case .value(let value): return value
    case .mean: return known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
    case .median:
      guard !known.isEmpty else { return 0 }
      let (sorted, middle) = (known.sorted(), known.count / 2)
      return known.count.isMultiple(of: 2)
        ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
  }

  /// The table without the rows in which a value is missing.
  public func droppingIncompleteRows() -> Table {
    let complete = (0..<rowCount).filter { row in
      columns.allSatisfy { column in
        switch column.values {
        case .numbers(let numbers): !numbers[row].isNaN
        case .texts(let texts): texts[row] != nil
        }
      }
    }
    return rows(complete)
  }

  /// The table with each column of texts replaced by a column of zeros and ones for each text,
  /// called `NAME_TEXT`, in alphabetical order after the other columns, as pandas' `get_dummies`.
  ///
  /// - Parameters:
  ///   - names: The columns, also of numbers; all columns of texts where nil.
  ///   - countsMissing: Whether a missing value is a class of its own, `NAME_nan`; else it has zeros
  ///     everywhere.
  ///   - limit: The largest number of columns that may come of one.
  /// - Returns: The table with the new columns behind the others.
  /// - Throws: `DataError` if there is no such column, or it has too many different values.
  public func oneHot(
    _ names: [String]? = nil, countsMissing: Bool = false, limit: Int = 1_000
  ) throws(DataError) -> Table {
    let chosen = names ?? columns.filter { !$0.isNumeric }.map(\.name)
    let kept = columns.filter { !chosen.contains($0.name) }
    var coded: [Column] = []
    for name in chosen {
      let (classes, texts) = try self.classes(of: name)
      guard classes.count <= limit else {
        throw DataError(
          self.name,
          "expected at most \(limit) different values in the column \(shown(name)), found "
            + "\(classes.count); drop it or raise the limit")
      }
      for value in classes {
        coded.append(
          Column(
            name: "\(name)_\(value)", values: .numbers(texts.map { $0 == value ? 1 : 0 })))
      }
      if countsMissing {
        coded.append(
          Column(name: "\(name)_nan", values: .numbers(texts.map { $0 == nil ? 1 : 0 })))
      }
    }
    return try Table(name: self.name, columns: kept + coded, firstLine: firstLine)
  }

  /// The classes of a column in alphabetical order, numbers by size, and for each row the number of
  /// its class, `int64[rows]`.
  ///
  /// - Parameters:
  ///   - name: The column, of texts or numbers.
  ///   - classes: The classes in their order where they are known, as those of the rows for
  ///     training.
  /// - Returns: The classes and the number of each row's class.
  /// - Throws: `DataError` with the row if a value is missing or in no class, or there is no such
  ///   column.
  public func labels(
    of name: String, classes: [String]? = nil
  ) throws(DataError) -> (classes: [String], labels: Tensor) {
    let found = try self.classes(of: name)
    let classes = classes ?? found.classes
    let places = Dictionary(classes.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    var labels: [Int64] = []
    for (row, text) in found.texts.enumerated() {
      guard let text, let place = places[text] else {
        throw DataError(
          self.name,
          "expected one of \(classes.count) classes in row \(row + 1), column \(shown(name)), found "
            + (text.map(shown) ?? "a missing value") + "; correct or drop that row")
      }
      labels.append(Int64(place))
    }
    return (classes, Tensor(labels))
  }

  /// The different values of a column in order, and its values as texts.
  private func classes(
    of name: String
  ) throws(DataError) -> (classes: [String], texts: [String?]) {
    switch try column(name).values {
    case .texts(let texts):
      return (Set(texts.compactMap { $0 }).sorted(), texts)
    case .numbers(let numbers):
      func text(_ number: Double) -> String {
        Int(exactly: number).map { String($0) } ?? String(number)
      }
      let sorted = Set(numbers.filter { !$0.isNaN }).sorted()
      return (sorted.map(text), numbers.map { $0.isNaN ? nil : text($0) })
    }
  }

  private func numbers(of name: String) throws(DataError) -> [Double] {
    guard case .numbers(let numbers) = try column(name).values else {
      throw DataError(
        self.name,
        "expected numbers in the column \(shown(name)), found texts; code them with oneHot or labels"
      )
    }
    return numbers
  }
}
