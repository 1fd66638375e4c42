import HebbCore
import HebbIO
import HebbTestSupport
import Testing

/// 200 random shapes for each of four families of operations, with the values that NumPy gives
/// (`Tools/golden/arithmetic.py`).
@Suite struct NumPyShapesTests {
  /// The cases of a family, and their values one after the other.
  private struct Family {
    let rows: [[Int]]
    let values: [Double]
    private var position = 0

    init(_ name: String) throws {
      let file = try SafeTensors(path: goldenPath("shapes")).tensors()
      let cases = try #require(file["\(name)/cases"])
      let numbers = cases.integers()
      let width = cases.shape[1]
      rows = (0..<cases.shape[0]).map { Array(numbers[$0 * width..<($0 + 1) * width]) }
      values = try #require(file["\(name)/values"]).doubles()
    }

    /// Compares a result with the next values.
    mutating func expect(_ y: Tensor, _ shape: Shape, _ row: Int) {
      let expected = Array(values[position..<position + shape.elementCount])
      position += expected.count
      #expect(y.shape == shape, "row \(row)")
      #expect(y.doubles() == expected, "row \(row)")
    }

    func expectEnd() { #expect(position == values.count && rows.count == 200) }
  }

  /// A shape from rank and four sizes.
  private func shape(_ columns: ArraySlice<Int>) -> Shape {
    let numbers = Array(columns)
    return Shape(numbers[1..<numbers[0] + 1])
  }

  private func filled(_ shape: Shape, _ row: Int, _ offset: Int = 0) -> Tensor {
    let numbers = (0..<shape.elementCount).map { Float((7 * $0 + 13 * row + offset) % 15 - 7) }
    return Tensor(numbers, shape: shape)
  }

  @Test func broadcastsAsNumPy() throws {
    var family = try Family("broadcasts")
    for (row, c) in family.rows.enumerated() {
      let (a, b) = (filled(shape(c[0..<5]), row), filled(shape(c[5..<10]), row, 3))
      family.expect(a - 2 * b, shape(c[10..<15]), row)
    }
    family.expectEnd()
  }

  @Test func slicesAsNumPy() throws {
    var family = try Family("slices")
    for (row, c) in family.rows.enumerated() {
      var y = filled(shape(c[0..<5]), row)
      var result = y.shape
      for axis in 0..<y.rank {
        let (start, end) = (c[5 + 3 * axis], c[6 + 3 * axis])
        y = y.slice(axis: axis, start..<end)
        result[axis] = end - start
        if c[7 + 3 * axis] == 1 { y = y.flipped(axis: axis) }
      }
      family.expect(y, result, row)
    }
    family.expectEnd()
  }

  @Test func reducesAsNumPy() throws {
    var family = try Family("reduced")
    for (row, c) in family.rows.enumerated() {
      let x = filled(shape(c[0..<5]), row)
      let axes = (0..<x.rank).filter { c[6] >> $0 & 1 == 1 }
      let keep = c[7] == 1
      let y =
        switch c[5] {
        case 0: x.sum(axes: axes, keepingDimensions: keep)
        case 1: x.max(axes: axes, keepingDimensions: keep)
        case 2: x.min(axes: axes.map { $0 - x.rank }, keepingDimensions: keep)
        case 3: x.argMax(axis: axes[0], keepingDimensions: keep)
        case 4: (x .> 6).any(axes: axes, keepingDimensions: keep)
        case 5: x.all(axes: axes, keepingDimensions: keep)
        default: x.countNonzero(axes: axes, keepingDimensions: keep)
        }
      family.expect(y, shape(c[8..<13]), row)
    }
    family.expectEnd()
  }

  @Test func transposesAsNumPy() throws {
    var family = try Family("transposes")
    for (row, c) in family.rows.enumerated() {
      let x = filled(shape(c[0..<5]), row)
      let order = Array(c[5..<5 + x.rank])
      family.expect(x.permuted(order), Shape(order.map { x.shape[$0] }), row)
    }
    family.expectEnd()
  }
}
