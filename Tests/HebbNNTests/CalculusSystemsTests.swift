import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// Demonstrations of calculus systems that need layers; see `TextbookSystem.calculus`.
@Suite struct CalculusSystemsTests {
  /// The compact recurrence, a cell that is called in a loop, against the same chain unfolded by hand
  /// from tensors.
  @Test func theUnfoldedGraphEqualsTheRecurrence() {
    var random = PhiloxGenerator(seed: 1)
    let cell = LSTMCell(inputs: 2, hidden: 3, using: &random).cast(to: .float64)
    let inputs = (0..<3).map { Tensor.sample([4, 2], UInt64($0 + 1), dtype: .float64) }
    let scanned = inputs.reduce(nil as LSTMCell.State?) { cell($1, $0) }
    let loss = scanned.map { square($0.hidden).sum() } ?? Tensor(0)
    let slopes = gradients(of: loss, for: cell)

    let w = cell.state().map { $0.tensor.source() }
    func f(_ x: Tensor, _ h: Tensor, _ c: Tensor) -> (h: Tensor, c: Tensor) {
      let sums = matmul(x, w[0].transposed()) + matmul(h, w[1].transposed()) + w[2] + w[3]
      func gate(_ index: Int) -> Tensor { sums.slice(axis: 1, 3 * index..<3 * index + 3) }
      let next = sigmoid(gate(1)) * c + sigmoid(gate(0)) * tanh(gate(2))
      return (sigmoid(gate(3)) * tanh(next), next)
    }
    let zero = Tensor.zeros([4, 3], dtype: .float64)
    let first = f(inputs[0], zero, zero)
    let second = f(inputs[1], first.h, first.c)
    let third = f(inputs[2], second.h, second.c)
    let unfolded = square(third.h).sum()
    expectClose(unfolded, loss, within: 1e-12)
    for (a, e) in zip(gradients(of: unfolded, for: w), slopes.tensors) {
      expectClose(a, e, within: 1e-12)
    }
    let text = loss.graphDOT
    // Two products for each of three steps; the parameters keep their names, each once.
    #expect(text.components(of: "label = \"matmul") == 6)
    #expect(text.components(of: "label = \"weight_hh") == 1)
  }

  /// Note 001's AlexNet, of which nothing is computed but the shapes.
  @Test func numbersOfParameters() {
    var random = PhiloxGenerator(seed: 1)
    func filters(_ inputs: Int, _ outputs: Int, _ size: Int) -> Conv2d {
      Conv2d(
        inputs: inputs, outputs: outputs, kernel: [size, size], geometry: ConvolutionGeometry(),
        using: &random)
    }
    let alexNet = Sequential {
      filters(1, 96, 11)
      filters(96, 256, 5)
      filters(256, 384, 3)
      filters(384, 384, 3)
      filters(384, 256, 3)
      Linear(inputs: 6400, outputs: 4096, using: &random)
      Linear(inputs: 4096, outputs: 4096, using: &random)
      Linear(inputs: 4096, outputs: 10, using: &random)
    }
    #expect(alexNet.parameterCount == 46_764_746)
    #expect(alexNet.summary().contains("46,764,746"))
  }
}

extension String {
  fileprivate func components(of part: String) -> Int {
    var (count, rest) = (0, self[...])
    while let range = rest.firstRange(of: part) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
