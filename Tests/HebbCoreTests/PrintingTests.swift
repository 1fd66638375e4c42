import HebbCore
import HebbTestSupport
import Testing

/// The forms that PyTorch prints, below a line with shape and type.
@Suite struct PrintingTests {
  private func expectText(
    _ tensor: Tensor, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect("\(tensor)" == text, sourceLocation: sourceLocation)
  }

  @Test func scalars() {
    expectText(Tensor(3.5), "Tensor(shape: [], float32) 3.5000")
    expectText(Tensor(7), "Tensor(shape: [], int64) 7")
    expectText(Tensor([true])[0], "Tensor(shape: [], bool) true")
  }

  @Test func empty() {
    expectText(.zeros([0]), "Tensor(shape: [0], float32) []")
    expectText(.zeros([2, 0, 3]), "Tensor(shape: [2, 0, 3], float32) []")
  }

  @Test func columnsAreAligned() {
    expectText(
      Tensor([1, -2.5, 3.25, 0, .nan, .infinity] as [Float], shape: [2, 3]),
      """
      Tensor(shape: [2, 3], float32)
      [[ 1.0000, -2.5000,  3.2500],
       [ 0.0000,     nan,     inf]]
      """)
    expectText(
      Tensor([1, -20, 300, 4] as [Int32], shape: [2, 2]),
      """
      Tensor(shape: [2, 2], int32)
      [[  1, -20],
       [300,   4]]
      """)
    expectText(
      Tensor([true, false]),
      """
      Tensor(shape: [2], bool)
      [ true, false]
      """)
  }

  @Test func wholeNumbersHaveNoDigits() {
    expectText(
      Tensor([1.0, 2, -30]),
      """
      Tensor(shape: [3], float64)
      [  1.,   2., -30.]
      """)
  }

  @Test func wideRangesAreScientific() {
    expectText(
      Tensor([1e-5, 2.5, -1e3]),
      """
      Tensor(shape: [3], float64)
      [ 1.0000e-05,  2.5000e+00, -1.0000e+03]
      """)
    expectText(
      Tensor([1.5e-5]),
      """
      Tensor(shape: [1], float64)
      [1.5000e-05]
      """)
    expectText(
      Tensor([1e9, 2e9]),
      """
      Tensor(shape: [2], float64)
      [1.0000e+09, 2.0000e+09]
      """)
  }

  @Test func blocksAreApart() {
    expectText(
      Tensor(Array(0..<8), shape: [2, 2, 2]),
      """
      Tensor(shape: [2, 2, 2], int64)
      [[[0, 1],
        [2, 3]],

       [[4, 5],
        [6, 7]]]
      """)
  }

  @Test func longRowsWrap() {
    let text = "\(Tensor.range(30, dtype: .float32) / 4)"
    let lines = text.split(separator: "\n")
    #expect(lines.count == 5 && lines.dropFirst().allSatisfy { $0.utf8.count <= 80 })
    #expect(lines[1].hasPrefix("[0.0000, 0.2500,") && lines[2].hasPrefix(" 2.2500, "))
    #expect(lines[4].hasSuffix("7.2500]"))
  }

  @Test func largeTensorsShowTheirEdges() {
    expectText(
      Tensor.range(2000),
      """
      Tensor(shape: [2000], int64)
      [   0,    1,    2, ..., 1997, 1998, 1999]
      """)
    expectText(
      Tensor.range(1200).reshaped(to: [100, 12] as Shape),
      """
      Tensor(shape: [100, 12], int64)
      [[   0,    1,    2, ...,    9,   10,   11],
       [  12,   13,   14, ...,   21,   22,   23],
       [  24,   25,   26, ...,   33,   34,   35],
       ...,
       [1164, 1165, 1166, ..., 1173, 1174, 1175],
       [1176, 1177, 1178, ..., 1185, 1186, 1187],
       [1188, 1189, 1190, ..., 1197, 1198, 1199]]
      """)
    // Only what is shown decides about the form.
    var numbers = Array(repeating: 1.5, count: 2000)
    numbers[1000] = 1e20
    let text = "\(Tensor(numbers))"
    #expect(text.hasSuffix("[1.5000, 1.5000, 1.5000, ..., 1.5000, 1.5000, 1.5000]"))
  }

  @Test func formatsAreChosen() {
    let format = Tensor.Format(precision: 1, threshold: 3, edge: 1)
    #expect(
      Tensor([1.25, 2, 3, 4.5]).formatted(format)
        == "Tensor(shape: [4], float64)\n[1.2, ..., 4.5]")
  }

  @Test func halfPrecision() {
    expectText(Tensor([1.5, -2] as [Float16]), "Tensor(shape: [2], float16)\n[ 1.5000, -2.0000]")
    expectText(Tensor([BFloat16(0.5)]), "Tensor(shape: [1], bfloat16)\n[0.5000]")
  }
}
