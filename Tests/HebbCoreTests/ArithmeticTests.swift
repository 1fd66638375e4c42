import HebbCore
import HebbTestSupport
import Testing

/// What the goldens do not say: empty tensors, integers, errors, numbers at the edge.
@Suite struct ArithmeticTests {
  @Test func compoundAssignmentIsTheOperation() {
    var x: Tensor = [1, 2, 3]
    let old = x
    x += 1
    x *= [2, 2, 2]
    x -= old
    x /= 2
    #expect(x.doubles() == [1.5, 2, 2.5])
    #expect(old.doubles() == [1, 2, 3])
  }

  @Test func truthOverNothing() {
    let nothing = Tensor.zeros([0, 3])
    #expect(nothing.any(axes: [0]).doubles() == [0, 0, 0])
    #expect(nothing.all(axes: [0]).doubles() == [1, 1, 1])
    #expect(nothing.countNonzero().item() == 0)
    #expect(nothing.norm(axes: [0]).doubles() == [0, 0, 0])
    #expect(Tensor.zeros([3, 0]).all().item() == 1)
    #expect(Tensor(2.5).any().item() == 1 && Tensor(0.0).all().item() == 0)
    #expect(Tensor([0.0, .nan]).any().dtype == .bool)
    #expect(Tensor([0.0, .nan]).any().item() == 1)
  }

  /// An integer's bytes are not its value; the count must not wrap.
  @Test func truthOfIntegersAndCountsBeyondAByte() {
    #expect(Tensor([256, 0]).any().item() == 1)
    #expect(Tensor([256, 512]).all().item() == 1)
    #expect(Tensor.ones([1000]).countNonzero().item() == 1000)
  }

  @Test func argMaxKeepsAxesAndCountsFromTheEnd() {
    let x = Tensor([1.0, 5, 2, 9, 0, 3], shape: [2, 3])
    #expect(x.argMax(axis: -2).integers() == [1, 0, 1])
    #expect(x.argMin(axis: 1, keepingDimensions: true).shape == [2, 1])
    #expect(x.argMax(axis: 0, keepingDimensions: true).shape == [1, 3])
    #expect(Tensor([7.0]).argMax().item() == 0)
    #expect(Tensor([1, .nan, 3]).argMax().item() == 1)
  }

  @Test func integersDivideTowardMinusInfinity() {
    let a = Tensor([7, -7, 7, -7])
    let b = Tensor([2, 2, -2, -2])
    #expect(floorDivide(a, b).integers() == [3, -4, -4, 3])
    #expect((b * floorDivide(a, b) + remainder(a, b)).integers() == a.integers())
    #expect(clamp(a, min: -3, max: 5).integers() == [5, -3, 5, -3])
  }

  @Test func infinitiesAndNaN() {
    let x = Tensor([-Double.infinity, .infinity, .nan, 1])
    #expect(isInfinite(x).doubles() == [1, 1, 0, 0])
    let single = x.cast(to: .float32)
    let largest = Double(Float.greatestFiniteMagnitude)
    #expect(nanToNumber(single).doubles() == [-largest, largest, 0, 1])
    #expect(nanToNumber(x.cast(to: .float16)).doubles() == [-65504, 65504, 0, 1])
    #expect(logAddExp(x, x).doubles()[0] == -.infinity)
    #expect(logAddExp(x, x).doubles()[1] == .infinity)
    #expect(xlogy(Tensor([0.0, 0, 0]), Tensor([0, .infinity, -1])).doubles() == [0, 0, 0])
    #expect(xlogy(Tensor([0.0]), Tensor([Double.nan])).item().isNaN)
    #expect(clamp(x, min: 0, max: 2).doubles()[2].isNaN)
  }

  /// Where a piece of the formula is infinite, the slope is not NaN.
  @Test func slopesAtTheEdgeAreFinite() {
    let zero = Tensor([0.0])
    for (name, function) in [
      ("xlogy", { xlogy($0, $0) }), ("norm", { $0.norm() }), ("norm 3", { $0.norm(3) }),
      ("standardDeviation", { concatenate([$0, $0]).standardDeviation() }),
      ("logAddExp", { logAddExp($0, $0) }),
    ] as [(String, (Tensor) -> Tensor)] {
      let slope = gradient(at: zero) { function($0).sum() }
      #expect(slope.item().isFinite, "\(name): \(slope.item())")
    }
    let length = gradient(at: Tensor([3e200, 4e200])) { atan2($0[0], $0[1]) }
    expectClose(length.doubles().map { $0 * 1e200 }, [0.16, -0.12], within: 1e-12)
  }

  @Test func powersOfTwoHaveExactLogarithms() {
    let exponents = (-20...20).map(Double.init)
    for dtype in [DType.float32, .float64] {
      let x = exp2(Tensor(exponents).cast(to: dtype))
      #expect(log2(x).doubles() == exponents)
    }
  }

  @Test func orderStatisticsAtTheEdge() {
    let x = Tensor([3.0, 1, .nan, 7, 5, 2], shape: [2, 3])
    #expect(x.median(axis: 1).doubles()[0].isNaN && x.median(axis: 1).doubles()[1] == 5)
    #expect(x[1].quantile(0).item() == 2 && x[1].quantile(1).item() == 7)
    #expect(x[1].quantile(0.25, axis: 0, keepingDimensions: true).doubles() == [3.5])
    #expect(Tensor([4.0]).median().item() == 4 && Tensor([4.0]).quantile(0.3).item() == 4)
    #expect(x.slice(axis: 1, 0..<2).median(keepingDimensions: true).shape == [1, 1])
    #expect(x.slice(axis: 1, 0..<2).median().item() == 3)
    #expect(x.slice(axis: 1, 0..<2).quantile(0.5).item() == 4)
  }

  static let wrongEquations = [
    ("ij,jk->il", "no operand has the axis l of the result"),
    ("ij->ii", "the result names an axis twice"),
    ("i1->i", "axes are letters, 1 is not"),
    ("i>j", "without a -"),
    ("......->", "... twice"),
    ("ij,jk,kl->il", "has 3 operands, given are 2"),
    ("ijk,jk->i", "names 3 axes of an operand of shape [2, 3]"),
    ("i...jk,jk->i", "names 3 axes"),
    ("ji,jk->ik", "axis j has sizes 2 and 3"),
    ("ii,jk->i", "the diagonal of [2, 3] needs axes of one size"),
  ]

  @Test(arguments: wrongEquations) func saysWhatIsWrong(equation: String, part: String) {
    let (a, b) = (Tensor.ones([2, 3]), Tensor.ones([3, 4]))
    let error = #expect(throws: TensorError.self) { try Einsum(equation).contract([a, b]) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains(equation) == true)
  }

  @Test func contractionsOfNothing() {
    #expect(einsum("ij,jk->ik", .ones([2, 0]), .ones([0, 3])).doubles() == [0, 0, 0, 0, 0, 0])
    #expect(einsum("ij,jk->ik", .ones([0, 2]), .ones([2, 3])).shape == [0, 3])
    #expect(einsum("i,i", .ones([0]), .ones([0])).item() == 0)
    #expect(einsum(",->", Tensor(2.0), Tensor(3.0)).item() == 6)
    #expect(einsum("i,->i", Tensor([1.0, 2]).cast(to: .float32), Tensor(3.0)).doubles() == [3, 6])
  }

  @Test func innerProductOfMatrices() {
    let a = Tensor([1.0, 2, 3, 4], shape: [2, 2])
    #expect(vdot(a, a.flattened()).item() == 30)
  }
}
