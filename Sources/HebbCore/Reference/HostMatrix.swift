/// A matrix of plain numbers, row by row: what the oracles of linear algebra compute with.
struct HostMatrix: Sendable {
  let rows: Int
  let columns: Int
  private(set) var elements: [Double]

  init(_ rows: Int, _ columns: Int, _ elements: [Double]? = nil) {
    self.rows = rows
    self.columns = columns
    self.elements = elements ?? Array(repeating: 0, count: rows * columns)
  }

  static func identity(_ size: Int) -> HostMatrix {
    var result = HostMatrix(size, size)
    for i in 0..<size { result[i, i] = 1 }
    return result
  }

  subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  var transposed: HostMatrix {
    var result = HostMatrix(columns, rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  var isFinite: Bool { elements.allSatisfy(\.isFinite) }

  mutating func swapRows(_ i: Int, _ j: Int) {
    guard i != j else { return }
    for column in 0..<columns {
      (self[i, column], self[j, column]) = (self[j, column], self[i, column])
    }
  }

  /// Turns columns p and q by an angle of this cosine and sine.
  mutating func rotateColumns(_ p: Int, _ q: Int, _ c: Double, _ s: Double) {
    for i in 0..<rows {
      let (x, y) = (self[i, p], self[i, q])
      self[i, p] = c * x - s * y
      self[i, q] = s * x + c * y
    }
  }

  /// The columns in another order.
  func reordered(_ order: [Int]) -> HostMatrix {
    var result = HostMatrix(rows, order.count)
    for i in 0..<rows { for (j, source) in order.enumerated() { result[i, j] = self[i, source] } }
    return result
  }

  static func * (a: HostMatrix, b: HostMatrix) -> HostMatrix {
    var result = HostMatrix(a.rows, b.columns)
    for i in 0..<a.rows {
      for j in 0..<b.columns {
        result[i, j] = (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1, j] }
      }
    }
    return result
  }
}

extension HostArray {
  /// How many matrices the last two axes make.
  var matrixCount: Int { type.shape.dropLast(2).reduce(1, *) }

  /// One matrix of the last two axes.
  func matrix(_ index: Int) -> HostMatrix {
    let (rows, columns) = (type.shape[type.shape.rank - 2], type.shape[type.shape.rank - 1])
    let start = index * rows * columns
    return HostMatrix(rows, columns, (start..<start + rows * columns).map(real))
  }

  /// An array whose elements are those of the parts, one after the other.
  init(joining parts: [[Double]], _ type: TensorType) { self.init(parts.flatMap { $0 }, type) }
}
