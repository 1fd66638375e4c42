import HebbCore
import HebbIO
import HebbTestSupport
import Testing

/// Sorting, running sums, scattering, padding and rearranging against PyTorch and NumPy, with
/// gradients (`Tools/golden/selection.py`).
@Suite struct SelectionGoldenTests {
  let file: [String: Tensor]

  init() throws { file = try SafeTensors(path: goldenPath("selection")).tensors() }

  private func golden(_ name: String) throws -> Tensor { try #require(file[name]) }

  typealias Function = @Sendable (Tensor, Tensor, Tensor, Tensor) -> Tensor

  /// Functions of input, source, index and other index; what a case does not have is the input.
  static let cases: [(name: String, function: Function)] = ordering + scattering + moving

  private static let ordering: [(name: String, function: Function)] = [
    ("sort", { x, _, _, _ in x.sorted(axis: 0) }),
    ("sort_descending", { x, _, _, _ in x.sorted(axis: 1, descending: true) }),
    ("topk", { x, _, _, _ in x.topK(3, axis: 1).values }),
    ("topk_smallest", { x, _, _, _ in x.topK(2, axis: 0, largest: false).values }),
    ("kthvalue", { x, _, _, _ in x.kthValue(3, axis: 1).values }),
    ("cumsum", { x, _, _, _ in x.cumulativeSum(axis: 1) }),
    ("cumprod", { x, _, _, _ in x.cumulativeProduct(axis: 0) }),
    ("cumprod_zeros", { x, _, _, _ in x.cumulativeProduct(axis: 1) }),
    ("cummax", { x, _, _, _ in x.cumulativeMax(axis: 1) }),
    ("cummin", { x, _, _, _ in x.cumulativeMin(axis: 0) }),
    ("logcumsumexp", { x, _, _, _ in (20 * x).cumulativeLogSumExp(axis: 1) }),
  ]

  private static let scattering: [(name: String, function: Function)] = [
    ("index_add", { x, s, i, _ in x.scattering(s, at: i, combining: .add) }),
    ("index_copy", { x, s, i, _ in x.scattering(s, at: i) }),
    ("scatter", { x, s, i, _ in x.puttingAlong(s, at: i, axis: 1) }),
    ("scatter_add", { x, s, i, _ in x.puttingAlong(s, at: i, axis: 1, combining: .add) }),
    ("scatter_prod", { x, s, i, _ in x.puttingAlong(s, at: i, axis: 1, combining: .multiply) }),
    (
      "scatter_prod_zeros",
      { x, s, i, _ in x.puttingAlong(s, at: i, axis: 1, combining: .multiply) }
    ),
    ("scatter_amax", { x, s, i, _ in x.puttingAlong(s, at: i, axis: 1, combining: .maximum) }),
    ("scatter_amin", { x, s, i, _ in x.puttingAlong(s, at: i, axis: 1, combining: .minimum) }),
    ("index_select", { x, _, i, _ in x[.all, i] }),
    ("index_two", { x, _, i, j in x[i, .all, j] }),
    ("index_put", { x, s, i, j in x.replacing(i, j, with: s) }),
    ("strided", { x, _, _, _ in x[.all, .every(2), 1..<3] }),
  ]

  private static let moving: [(name: String, function: Function)] = [
    (
      "pad_reflect",
      { x, _, _, _ in x.padded(before: [0, 1, 2], after: [0, 2, 1], mode: .reflect) }
    ),
    (
      "pad_replicate",
      { x, _, _, _ in x.padded(before: [0, 3, 2], after: [0, 0, 1], mode: .edge) }
    ),
    (
      "pad_circular",
      { x, _, _, _ in x.padded(before: [0, 0, 2], after: [0, 2, 1], mode: .circular) }
    ),
    (
      "pad_constant",
      { x, _, _, _ in x.padded(before: [0, 1, 2], after: [0, 2, -1], mode: .constant(1.5)) }
    ),
    ("roll", { x, _, _, _ in x.rolled(by: [1, -2], axes: [0, 2]) }),
    ("tile", { x, _, _, _ in x.tiled([2, 1, 1, 3]) }),
    ("repeat_interleave", { x, _, _, _ in x.repeated(2, axis: 1) }),
    ("rot90", { x, _, _, _ in x.rotated90(axes: (1, 2)) }),
    ("rot270", { x, _, _, _ in x.rotated90(3, axes: (0, 2)) }),
    ("unfold", { x, _, _, _ in x.windows(of: 3, axis: 2) }),
    ("triu", { x, _, _, _ in x.upperTriangle(1) }),
    ("tril", { x, _, _, _ in x.lowerTriangle(-1) }),
    ("diagonal", { x, _, _, _ in x.diagonal(offset: 1, axes: 1, 2) }),
    ("diagonal_below", { x, _, _, _ in x.diagonal(offset: -1, axes: 0, 2) }),
    ("diag_embed", { x, _, _, _ in x.diagonalMatrix(offset: -1) }),
    ("flip", { x, _, _, _ in x.flipped(axes: [0, 2]) }),
    ("movedim", { x, _, _, _ in x.movingAxis(0, to: 2) }),
  ]

  @Test(arguments: cases.map(\.name)) func agreesWithPyTorch(_ name: String) throws {
    let function = try #require(Self.cases.first { $0.name == name }).function
    // Single precision rounds; double precision sees the rounding of the stored results.
    for (dtype, tolerance) in [(DType.float32, 1e-5), (.float64, 1e-6)] {
      let x = try golden("\(name)/input").cast(to: dtype).source()
      let source = file["\(name)/source"]?.cast(to: dtype).source()
      let index = file["\(name)/index"]
      let y = function(x, source ?? x, index ?? x, file["\(name)/other"] ?? x)
      expectClose(y, try golden("\(name)/output").cast(to: dtype), within: tolerance, name)
      let cotangent = try golden("\(name)/cotangent").cast(to: dtype)
      let slopes = gradients(of: y, for: [x] + (source.map { [$0] } ?? []), cotangent: cotangent)
      for (slope, wanted) in zip(slopes, ["input", "source"]) {
        let expected = try golden("\(name)/grad_\(wanted)").cast(to: dtype)
        expectClose(slope, expected, within: tolerance, "\(name), gradient of \(wanted)")
      }
    }
  }

  @Test func ordersAgreeWithPyTorch() throws {
    let ties = try golden("argsort/input")
    #expect(try ties.argSorted().integers() == golden("argsort/indices").integers())
    let descending = ties.argSorted(descending: true).integers()
    #expect(try descending == golden("argsort_descending/indices").integers())
    let (edges, values) = (try golden("searchsorted/edges"), try golden("searchsorted/values"))
    let left = edges.searchSorted(values).integers()
    #expect(try left == golden("searchsorted/indices").integers())
    let right = edges.searchSorted(values, right: true).integers()
    #expect(try right == golden("searchsorted_right/indices").integers())
  }

  @Test func uniqueAgreesWithPyTorch() throws {
    let found = try golden("unique/input").unique()
    #expect(try found.values.floats() == golden("unique/values").floats())
    #expect(try found.inverse.integers() == golden("unique/inverse").integers())
    #expect(try found.inverse.shape == golden("unique/inverse").shape)
    #expect(try found.counts.integers() == golden("unique/counts").integers())
  }

  @Test(arguments: [
    ("edge", PaddingMode.edge), ("reflect", .reflect), ("symmetric", .symmetric),
    ("wrap", .circular), ("mean", .mean),
  ]) func paddingAgreesWithNumPy(_ name: String, _ mode: PaddingMode) throws {
    let x = try golden("numpy_pad/input").cast(to: .float64)
    let y = x.padded(before: [2, 1], after: [1, 3], mode: mode)
    expectClose(y, try golden("numpy_pad/\(name)"), within: 1e-14, name)
  }

  @Test func histogramsAgreeWithNumPy() throws {
    let x = try golden("numpy_histogram/input").cast(to: .float64)
    let (counts, edges) = x.histogram(bins: 12)
    #expect(try counts.integers() == golden("numpy_histogram/counts").integers())
    expectClose(edges, try golden("numpy_histogram/edges"), within: 1e-14)
    let ranged = x.histogram(bins: 7, range: -1...1.5).counts
    #expect(try ranged.integers() == golden("numpy_histogram/ranged").integers())
  }
}
