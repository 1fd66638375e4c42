import HebbCore

extension PrimitiveCase {
  private static let small: @Sendable (Tensor) -> Tensor = { $0 * 0.3 }

  private static func lstm(_ x: [Tensor], reversed: Bool = false) -> Tensor {
    let (h, c) = lstmSequence(x[0], x[1], hidden: x[2], cell: x[3], reversed: reversed)
    return concatenate([h, 0.5 * c])
  }

  private static func gru(_ x: [Tensor], reversed: Bool = false) -> Tensor {
    gruSequence(x[0], x[1], bias: x[2], hidden: x[3], reversed: reversed)
  }

  /// Walks over whole sequences. Units in part of a vector and in several, batches that are multiplied in
  /// one group and in several.
  static let recurrent: [PrimitiveCase] = [
    .init("lstmSequence", [[3, 2, 8], [8, 2], [2, 2], [2, 2]]) { lstm($0) },
    .init("lstmSequence reversed", [[3, 1, 8], [8, 2], [1, 2], [1, 2]]) {
      lstm($0, reversed: true)
    },
    .init("lstmSequence, outputs alone", [[4, 1, 8], [8, 2], [1, 2], [1, 2]]) {
      lstmSequence($0[0], $0[1], hidden: $0[2], cell: $0[3]).hidden
    },
    .init("lstmSequence, last cell alone", [[2, 1, 8], [8, 2], [1, 2], [1, 2]]) {
      lstmSequence($0[0], $0[1], hidden: $0[2], cell: $0[3]).cell[1]
    },
    .init("lstmSequence", [[3, 30, 76], [76, 19], [30, 19], [30, 19]], prepare: small) { lstm($0) },
    .init("lstmSequence", [[2, 5, 272], [272, 68], [5, 68], [5, 68]], prepare: small) {
      lstm($0, reversed: true)
    },
    .init("gruSequence", [[3, 2, 6], [6, 2], [2], [2, 2]]) { gru($0) },
    .init("gruSequence reversed", [[3, 1, 6], [6, 2], [2], [1, 2]]) { gru($0, reversed: true) },
    .init("gruSequence, last output", [[3, 1, 6], [6, 2], [2], [1, 2]]) { gru($0)[2] },
    .init("gruSequence", [[3, 30, 57], [57, 19], [19], [30, 19]], prepare: small) { gru($0) },
    .init("gruSequence", [[2, 5, 204], [204, 68], [68], [5, 68]], prepare: small) {
      gru($0, reversed: true)
    },
  ]
}
