import HebbCore

extension PrimitiveCase {
  /// Positions, sorting, cutting and putting together.
  static let selection: [PrimitiveCase] = sorting + scans + scatters + rearrangements

  private static let sorting: [PrimitiveCase] = [
    .init("argSort", [[5, 7]], differentiable: false) { $0[0].argSorted() },
    .init("argSort long", [[3, 400]], differentiable: false) {
      round($0[0] * 9).argSorted(descending: true)
    },
    .init("argSort middle", [[2, 70, 3]], differentiable: false) {
      round($0[0] * 4).argSorted(axis: 1)
    },
    .init("argSort of integers", [[4, 90]], differentiable: false) {
      ($0[0] * 1000).cast(to: .int64).argSorted(axis: 0)
    },
    .init("sorted", [[4, 6]]) { $0[0].sorted(axis: 0) },
    .init("sorted descending", [[60]]) { $0[0].sorted(descending: true) },
    .init("topK", [[3, 50]]) { $0[0].topK(4).values },
    .init("topK smallest", [[50, 3]]) { $0[0].topK(5, axis: 0, largest: false).values },
    .init("kthValue", [[4, 9]]) { $0[0].kthValue(3).values },
    .init("searchSorted", [[11], [4, 5]], differentiable: false) {
      round($0[0] * 3).sorted().searchSorted(round($0[1] * 3))
    },
    .init("searchSorted rows", [[4, 11], [4, 5]], differentiable: false) {
      round($0[0] * 3).sorted().searchSorted(round($0[1] * 3), right: true)
    },
  ]

  private static let scans: [PrimitiveCase] = [
    .init("cumulativeSum", [[4, 6]]) { $0[0].cumulativeSum(axis: 1) },
    .init("cumulativeSum reversed", [[5, 3, 2]]) {
      $0[0].cumulativeSum(axis: 0, reversed: true)
    },
    .init("cumulativeSum of integers", [[4, 150]], differentiable: false) {
      ($0[0] * 100).cast(to: .int32).cumulativeSum(axis: 0)
    },
    .init("cumulativeProduct", [[4, 6]]) { $0[0].cumulativeProduct(axis: 1) },
    .init("cumulativeProduct with zeros", [[3, 7]]) {
      // The second and fifth of seven are zero.
      let kept = Tensor([1, 0, 1, 1, 0, 1, 1]).cast(to: $0[0].dtype)
      return ($0[0] * kept).cumulativeProduct(axis: 1, reversed: true)
    },
    .init("cumulativeLogSumExp", [[4, 6]]) { ($0[0] * 5).cumulativeLogSumExp(axis: 1) },
    .init("cumulativeLogSumExp reversed", [[6, 3]]) {
      $0[0].cumulativeLogSumExp(axis: 0, reversed: true)
    },
    .init("cumulativeMax", [[3, 8]]) { $0[0].cumulativeMax(axis: 1) },
    .init("cumulativeMin", [[8, 3]]) { $0[0].cumulativeMin(axis: 0, reversed: true) },
    .init("cumulativeArgMax", [[3, 40]], differentiable: false) {
      round($0[0] * 2).cumulativeArgMax(axis: 1)
    },
    .init("linearRecurrence", [[4, 6], [4, 6]]) { linearRecurrence($0[0], $0[1], axis: 1) },
    .init("linearRecurrence reversed", [[3], [6, 3]]) {
      linearRecurrence($0[0], $0[1], axis: 0, reversed: true)
    },
  ]

  private static let scatters: [PrimitiveCase] =
    Scatter.Kind.allCases.flatMap { kind -> [PrimitiveCase] in
      [
        .init("scattering \(kind)", [[5, 3], [7, 3]]) {
          $0[0].scattering($0[1], at: .sampleIndices([7], below: 5, 3), combining: kind)
        },
        .init("scattering inside \(kind)", [[2, 4, 40], [2, 2, 3, 40]]) {
          $0[0].scattering(
            $0[1], at: .sampleIndices([2, 3], below: 4, 4), axis: 1, combining: kind)
        },
        .init("puttingAlong \(kind)", [[4, 5], [4, 8]]) {
          $0[0].puttingAlong(
            $0[1], at: .sampleIndices([4, 8], below: 5, 5), axis: 1, combining: kind)
        },
      ]
    }

  private static let rearrangements: [PrimitiveCase] = [
    .init("padded reflect", [[3, 4]]) {
      $0[0].padded(before: [1, 3], after: [2, 0], mode: .reflect)
    },
    .init("padded mean", [[3, 4]]) { $0[0].padded(before: [1, 3], after: [2, 0], mode: .mean) },
    .init("padded constant", [[3, 4]]) {
      $0[0].padded(before: [1, -1], after: [2, 1], mode: .constant(2))
    },
    .init("indices", [[4, 3, 5]]) { $0[0][1..., -1, .every(-2), .new] },
    .init("positions", [[4, 3, 5]]) { $0[0][Tensor([3, 0, -1]), .all, Tensor([0, 4, 4])] },
    .init("replacing", [[4, 5], [4, 2]]) { $0[0].replacing(.all, 1...2, with: $0[1]) },
    .init("tiled", [[2, 3]]) { $0[0].tiled([2, 1, 3]) },
    .init("windows", [[2, 7]]) { $0[0].windows(of: 3, step: 2, axis: 1) },
    .init("diagonal", [[3, 2, 4]]) { $0[0].diagonal(offset: 1, axes: 0, 2) },
    .init("diagonalMatrix", [[2, 3]]) { $0[0].diagonalMatrix(offset: 1) },
    .init("upperTriangle", [[2, 4, 3]]) { $0[0].upperTriangle() },
    .init("segmentMean", [[6, 2]]) {
      segmentMean($0[0], .sampleIndices([6], below: 4, 7), count: 4)
    },
    .init("segmentMax", [[6, 2]]) {
      select(
        isFinite(segmentMax($0[0], .sampleIndices([6], below: 2, 7), count: 2)),
        segmentMax($0[0], .sampleIndices([6], below: 2, 7), count: 2), Tensor(0, dtype: $0[0].dtype)
      )
    },
  ]
}
