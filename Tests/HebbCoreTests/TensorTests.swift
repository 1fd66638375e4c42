import HebbCore
import HebbTestSupport
import Testing

@Suite struct TensorTests {
  @Test func broadcastingFollowsNumPy() throws {
    #expect(try Shape.broadcast([3, 1, 5], [4, 1]) == [3, 4, 5])
    #expect(try Shape.broadcast([], [2]) == [2])
    let error = #expect(throws: TensorError.self) { try Shape.broadcast([3, 4], [5]) }
    #expect(error?.description.contains("axis -1 has sizes 4 and 5") == true)
  }

  /// The sentences that stop a program name operation, shapes and the axis that disagrees.
  @Test func shapeRulesThrowWithNamesAndShapes() {
    let (a, b) = (Tensor.zeros([2, 3]), Tensor.zeros([4, 5]))
    let images = Tensor.zeros([1, 3, 8, 8])
    func sentence(_ primitive: some Primitive, _ inputs: [Tensor]) -> String {
      do throws(TensorError) {
        return "no error, \(try primitive.type(of: Operands(inputs)))"
      } catch { return error.description }
    }
    #expect(
      sentence(MatMul(), [a, b])
        == "matmul: [2, 3] times [4, 5]: the left has 3 columns, the right 4 rows")
    #expect(sentence(MatMul(), [a, b.cast(to: .float64)]).contains("float64"))
    #expect(sentence(Reshape(shape: [7]), [a]).contains("[2, 3] has 6 elements, [7] has 7"))
    #expect(sentence(Permute(order: [0, 0]), [a]).contains("[0, 0] is not an order"))
    #expect(sentence(Broadcast(shape: [2, 4]), [a]).contains("axis -1"))
    #expect(
      sentence(Slice(starts: [0, 0], sizes: [2, 4], steps: [1, 1]), [a]).contains("axis 1"))
    #expect(sentence(Concatenate(axis: 0), [a, b]).contains("outside of axis 0"))
    #expect(sentence(Softmax(isLogarithmic: false), [a.cast(to: .int64)]).contains("int64"))
    #expect(sentence(LogSumExp(), [a.cast(to: .int64)]).contains("int64"))
    #expect(sentence(LayerNormalization(epsilon: 0), [a, .zeros([3]), b]).contains("last size"))
    #expect(
      sentence(LayerNormalizationGradient(epsilon: 0), [b, a, .zeros([3])]).contains("differ"))
    #expect(
      sentence(Convolution(geometry: .init()), [images, Tensor.zeros([4, 2, 3, 3])])
        .contains("has 3 channels"))
    #expect(
      sentence(Convolution(geometry: .init()), [images, Tensor.zeros([4, 3, 9, 3])])
        .contains("larger than the input"))
    #expect(sentence(AveragePool(geometry: .init(kernel: [9, 9])), [images]).contains("window"))
    #expect(sentence(Gather(axis: 5), [a, Tensor([0])]).contains("axis"))
    #expect(sentence(TakeAlong(axis: 1), [a, Tensor([0])]).contains("takeAlong"))
    #expect(sentence(ArgReduce(axis: 4, isMinimum: false), [a]).contains("axis 4"))
    let gates = Tensor.zeros([5, 2, 12])
    #expect(
      sentence(LSTMSequence(isReversed: false), [gates, .zeros([12, 4]), a, a])
        .contains("[4 hidden, hidden]"))
    #expect(
      sentence(LSTMSequence(isReversed: false), [gates, .zeros([12, 3]), a, b])
        .contains("h and c before the first time"))
    #expect(
      sentence(GRUSequence(isReversed: false), [gates, .zeros([12, 4]), a, a])
        .contains("bias [hidden]"))
    #expect(sentence(Elementwise.named("add"), [a, b]).contains("[2, 3] and [4, 5]"))
    #expect(
      sentence(Elementwise.named("add"), [a, a.cast(to: .float64)])
        .contains("float32 and float64; cast one of them"))
    #expect(sentence(Elementwise.named("exp"), [a.cast(to: .int64)]).contains("int64"))
  }

  @Test func scalarsOfEveryTypeSurviveTheRoundTrip() {
    #expect(Tensor([1.5, -2] as [Float]).scalars(as: Float.self) == [1.5, -2])
    #expect(Tensor([1.5, -2] as [Double]).scalars(as: Double.self) == [1.5, -2])
    #expect(Tensor([7, -9] as [Int32]).scalars(as: Int32.self) == [7, -9])
    #expect(Tensor([7, -9]).scalars(as: Int.self) == [7, -9])
    #expect(Tensor([0, 255] as [UInt8]).scalars(as: UInt8.self) == [0, 255])
    #expect(Tensor([true, false]).scalars(as: Bool.self) == [true, false])
    #expect(Tensor([1.5] as [Float16]).scalars(as: Float16.self) == [1.5])
    #expect(Tensor([BFloat16(3.0)]).doubles() == [3])
  }

  @Test func castsSaturateAndCut() {
    let x = Tensor([-1.9, 1.9, 300, -1e30, 1e30, .nan] as [Float])
    #expect(x.cast(to: .int64).integers() == [-1, 1, 300, .min, .max, 0])
    #expect(x.cast(to: .uint8).integers() == [0, 1, 255, 0, 255, 0])
    #expect(x.cast(to: .bool).doubles() == [1, 1, 1, 1, 1, 1])
  }

  @Test func bfloat16RoundsToNearestEven() {
    #expect(BFloat16(1 + 0x1p-8).floatValue == 1)
    #expect(BFloat16(1 + 0x1.8p-7).floatValue == 1 + 0x1p-6)
    #expect(BFloat16(.nan).floatValue.isNaN && BFloat16(.infinity).floatValue == .infinity)
  }

  @Test func emptyAndOneElementTensorsWork() {
    let empty = Tensor.zeros([0, 3])
    #expect((empty + 1).floats().isEmpty)
    #expect(empty.sum().item() == 0)
    #expect(matmul(empty, Tensor.zeros([3, 2])).shape == [0, 2])
    #expect(matmul(Tensor.zeros([2, 0]), Tensor.zeros([0, 2])).floats() == [0, 0, 0, 0])
    #expect(Tensor(3.0).item() == 3 && (Tensor(3.0) * 2).item() == 6)
    #expect(concatenate([empty, Tensor.ones([1, 3])]).floats() == [1, 1, 1])
  }

  @Test func softmaxOfOneTwoThree() {  // e, e², e³ over their sum
    expectClose(
      softmax([1, 2, 3]).doubles(), [0.090030573, 0.244728471, 0.665240956], within: 1e-7)
  }

  @Test func softmaxSurvivesLargeNumbers() {
    #expect(softmax([1000, 1000]).floats() == [0.5, 0.5])
    #expect(logSumExp([1000, 1000] as Tensor).item() > 1000)
  }
}
