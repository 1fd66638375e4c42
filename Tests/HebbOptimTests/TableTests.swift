import HebbCore
import HebbNN
import HebbOptim
import HebbTestSupport
import Testing

/// Tables of which a step looks up few rows.
@Suite struct TableTests {
  /// A table and what is looked up in it.
  final class Table: Module {
    @Parameter var weight: Tensor

    init(_ weight: Tensor) { self.weight = weight }

    /// The slopes of Σ weight[indices] · cotangent.
    func gradients(_ indices: Tensor, _ cotangent: Tensor) -> Gradients {
      HebbNN.gradients(of: (weight.gathering(indices) * cotangent).sum(), for: self)
    }
  }

  /// An optimizer whose steps leave rows without a gradient as they are.
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    let make: @Sendable (Table) -> any Optimizer

    static let all = [
      Case(description: "tables_sparse_adam") {
        SparseAdam($0, rate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-3)
      },
      Case(description: "tables_sgd") { SGD($0, rate: 0.1) },
      Case(description: "tables_adagrad") {
        Adagrad($0, rate: 0.1, rateDecay: 0.5, initialSum: 0.3)
      },
    ]
  }

  /// 20 steps, some rows twice in one, one row never.
  @Test(arguments: Case.all, [DType.float32, .float64])
  func agreesWithPyTorch(_ row: Case, _ dtype: DType) throws {
    let file = try golden("more_optimizers")
    let (indices, cotangents) = (
      try #require(file["tables/indices"]),
      try #require(file["tables/cotangents"]).cast(to: dtype).evaluated()
    )
    let model = Table(try #require(file["tables/p0"]).cast(to: dtype))
    let optimizer = row.make(model)
    // In double the golden's rounding to single is left.
    let tolerance = dtype == .float64 ? 6e-8 : 1e-6
    for step in 1...20 {
      optimizer.step(along: model.gradients(indices[step - 1], cotangents[step - 1]))
      guard let expected = file["\(row)/after_\(step)"] else { continue }
      expectClose(model.weight, expected, within: tolerance, "\(row) after \(step) steps")
    }
  }

  /// Some rows of a table so large that they are worked with instead of it.
  struct Large {
    let model = Table(.sample([4096, 16], 1))

    /// Steps along halved sums of two gradients, from rows or, where `whole`, from the table.
    func train(_ optimizer: any Optimizer, whole: Bool, steps: Range<Int> = 0..<4) {
      for step in steps {
        let indices = Tensor.sampleIndices([30, 2], below: 40, UInt64(step)) * 100
        let first = model.gradients(indices, .sample([30, 2, 16], UInt64(100 + step)))
        let second = model.gradients(indices[3..<9] + 1, .sample([6, 2, 16], UInt64(200 + step)))
        let scaled = (first + second).scaled(by: 0.5)
        optimizer.step(along: whole ? scaled.map { $0 + Tensor.zeros([4096, 16]) } : scaled)
      }
    }

    func bits(_ optimizer: any Optimizer) -> [[Double]] {
      [model.weight.doubles()] + optimizer.state().map { $0.tensor.doubles() }
    }
  }

  /// What SGD and Adagrad do with rows is what they do with the table, bit for bit, also for checked
  /// gradients and on another number of threads.
  @Test(arguments: Case.all.dropFirst(), [false, true])
  func rowsAndTablesMoveAlike(_ row: Case, _ isChecked: Bool) {
    let (rows, whole) = (Large(), Large())
    let (a, b) = (row.make(rows.model), row.make(whole.model))
    (a.skipsNonFinite, b.skipsNonFinite) = (isChecked, isChecked)
    rows.train(a, whole: false)
    whole.train(b, whole: true)
    #expect(rows.bits(a) == whole.bits(b))
    let single = Large()
    let c = row.make(single.model)
    c.skipsNonFinite = isChecked
    let threads = Hebb.threads
    Hebb.threads = 1
    single.train(c, whole: false)
    Hebb.threads = threads
    #expect(single.bits(c) == rows.bits(a))
  }

  /// Rows that are mentioned twice count once, with their sum.
  @Test func theNormIsThatOfTheTable() {
    let indices = Tensor.sampleIndices([30, 2], below: 20, 1) * 200
    let slopes = Large().model.gradients(indices, .sample([30, 2, 16], 2))
    let whole = slopes.map { $0 + Tensor.zeros([4096, 16]) }
    let (norm, expected) = (slopes.norm().item(), whole.norm().item())
    #expect(abs(norm - expected) < 1e-6 * expected)
  }

  /// Momentum and decay move rows without a gradient.
  @Test func momentumAndDecayMoveAllRows() {
    for make in [
      { SGD($0, rate: 0.1, momentum: 0.9) }, { SGD($0, rate: 0.1, weightDecay: 0.1) },
    ] as [(Table) -> SGD] {
      let (rows, whole) = (Large(), Large())
      let (a, b) = (make(rows.model), make(whole.model))
      rows.train(a, whole: false)
      whole.train(b, whole: true)
      #expect(rows.bits(a) == whole.bits(b))
    }
  }

  /// Rows that were not looked up, and their moments, stay; a step whose gradients are not finite moves
  /// nothing.
  @Test func sparseAdamMovesNothingElse() {
    let model = Table(.sample([4096, 16], 1))
    let before = model.weight.evaluated()
    let optimizer = SparseAdam(model, rate: 0.1)
    optimizer.skipsNonFinite = true
    let cotangent = Tensor.ones([3, 16])
    optimizer.step(along: model.gradients(Tensor([7, 7, 9]), cotangent))
    let moved = (model.weight .!= before).any(axes: [1]).cast(to: .float64).doubles()
    #expect(moved.enumerated().filter { $1 > 0 }.map(\.offset) == [7, 9])
    let after = (model.weight.doubles(), optimizer.state().dropFirst().map { $0.tensor.doubles() })
    optimizer.step(along: model.gradients(Tensor([7, 8, 9]), cotangent * Double.infinity))
    #expect(model.weight.doubles() == after.0)
    #expect(optimizer.state().dropFirst().map { $0.tensor.doubles() } == after.1)
    // A row that is not looked up keeps its moment.
    optimizer.step(along: model.gradients(Tensor([9]), .ones([1, 16])))
    let moments = optimizer.state()[1].tensor
    #expect(moments[7].doubles() == moments[7].filled(with: 0.2).doubles())
    #expect(moments[8].doubles() == Array(repeating: 0, count: 16))
  }

  /// Gradients of several batches keep their rows, also more than the table has: rows that are not looked up
  /// in a step do not move in it, though they have moments.
  @Test func gradientsAddUpByRows() {
    let (first, second) = (Table(.sample([6, 4], 1)), Table(.sample([6, 4], 1)))
    let (a, b) = (SparseAdam(first, rate: 0.1), SparseAdam(second, rate: 0.1))
    for step in 0..<4 as Range<UInt64> {
      let isEven = step.isMultiple(of: 2)
      let indices = Tensor.sampleIndices([4, 5], below: 4, step) + (isEven ? 0 : 2)
      let cotangents = Tensor.sample([4, 5, 4], 10 + step)
      let before = first.weight.doubles()
      var accumulator = GradientAccumulator(count: 4)
      for batch in 0..<4 {
        let slopes = first.gradients(indices[batch], cotangents[batch])
        if let mean = accumulator.add(slopes.evaluated()) {
          a.step(along: mean.clipped(toNorm: 0.5))
        }
      }
      b.step(along: second.gradients(indices, cotangents * 0.25).clipped(toNorm: 0.5))
      expectClose(first.weight.doubles(), second.weight.doubles(), within: 1e-6)
      let moved = zip(before, first.weight.doubles()).map { $0 != $1 }
      #expect(
        (0..<6).map { row in moved[4 * row..<4 * row + 4].contains(true) }
          == (0..<6).map { isEven ? $0 < 4 : $0 >= 2 })
    }
  }

  /// A table beside a layer whose gradient is whole.
  @Test func onlyTheTablesThatAreNamedMoveByRows() {
    var random = PhiloxGenerator(seed: 1)
    let model = Sequential {
      Embedding(count: 10, width: 4, using: &random)
      Linear(inputs: 4, outputs: 2, using: &random)
    }
    let optimizer = SparseAdam(model, tables: { $0 == "0.weight" })
    let before = model.state().map { $0.tensor.doubles() }
    let loss = square(model(Tensor([1, 2, 2]))).sum()
    optimizer.step(along: gradients(of: loss, for: optimizer.parameters))
    for (old, new) in zip(before, model.state()) {
      #expect(zip(old, new.tensor.doubles()).contains { $0 != $1 }, "\(new.name)")
    }
    #expect(model.state()[0].tensor[3...].doubles() == Array(before[0][12...]))
  }

  @Test func sparseAdamStopsAtWholeGradients() async {
    await #expect(processExitsWith: .failure) {
      let model = Table(.ones([3, 2]))
      let loss = (model.weight.gathering(Tensor([1])).sum() + square(model.weight).sum())
      SparseAdam(model).step(along: gradients(of: loss, for: model))
    }
  }

  /// A resumed run goes on bit for bit.
  @Test(arguments: Case.all) func resumesBitForBit(_ row: Case) throws {
    let (whole, second) = (Large(), Large())
    let a = row.make(whole.model)
    whole.train(a, whole: false, steps: 0..<2)
    let saved = (whole.model.state(), a.state())
    whole.train(a, whole: false, steps: 2..<4)
    try second.model.load(Dictionary(uniqueKeysWithValues: saved.0.map { ($0.name, $0.tensor) }))
    let b = row.make(second.model)
    try b.load(Dictionary(uniqueKeysWithValues: saved.1.map { ($0.name, $0.tensor) }))
    second.train(b, whole: false, steps: 2..<4)
    #expect(second.bits(b) == whole.bits(a))
  }

  /// A table that an output layer shares: rows are added to its gradient.
  @Test func sharedTablesAddUp() {
    let model = Table(.sample([5, 3], 1))
    let (x, c) = (Tensor.sample([4, 3], 2), Tensor.sample([4, 5], 3))
    let indices = Tensor([4, 0, 4, 1])
    let vectors = model.weight.gathering(indices)
    let loss = (matmul(vectors * x, model.weight.transposed()) * c).sum()
    let sum = gradients(of: loss, for: model).tensors[0]
    let apart = (model.weight.source(), model.weight.source())
    let same = (matmul(apart.0.gathering(indices) * x, apart.1.transposed()) * c).sum()
    let parts = gradients(of: same, for: [apart.0, apart.1])
    expectClose(sum.doubles(), (parts[0] + parts[1]).doubles(), within: 1e-6)
  }
}
