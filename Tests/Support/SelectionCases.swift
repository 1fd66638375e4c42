import HebbCore

extension PrimitiveCase {
  /// Positions, sorting, cutting and putting together.
  static let selection: [PrimitiveCase] = sorting

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
}
