/// Which elements stay where each is dropped with one probability: the masks of dropout.
///
/// Element i stays where the i-th number of 16 bits of a stream of Philox 4x32-10 is not below the
/// threshold, so it depends on key, step and i alone: a backend computes the mask anew wherever it is
/// read, forward and backward, and keeps none in memory. The two inputs are `int64` scalars, the key
/// and the step, as those of `RandomNumbers`. Eight numbers come from one block, the lower half of a
/// word first.
public struct KeepMask: Primitive {
  /// The shape of the mask.
  public let shape: Shape
  /// How many of the 2¹⁶ numbers mean that an element goes.
  public let threshold: Int

  package init(shape: Shape, threshold: Int) {
    self.shape = shape
    self.threshold = threshold
  }

  /// The threshold for a probability: to the nearest multiple of 2⁻¹⁶.
  package static func threshold(dropping probability: Double) -> Int {
    Int((Swift.min(Swift.max(probability, 0), 1) * 0x1p16).rounded())
  }

  /// The operation's name.
  public var name: String { "keepMask" }

  /// Truth values of the given shape.
  public func type(of inputs: Operands) throws(TensorError) -> TensorType {
    guard inputs.count == 2, inputs[0] == TensorType([], .int64), inputs[1] == inputs[0] else {
      throw TensorError("\(name): needs a key and a step, two int64 scalars")
    }
    return TensorType(shape, .bool)
  }

  /// Random truth values do not depend on anything smoothly.
  public func pullback(_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor?] {
    [nil, nil]
  }

  /// One block of eight numbers after the other.
  public func reference(_ inputs: [HostArray], _ type: TensorType) -> HostArray {
    let stream = PhiloxStream(inputs[0], inputs[1])
    var result = HostArray(zeros: type)
    for start in stride(from: 0, to: result.count, by: 8) {
      let block = stream.block(UInt64(start / 8))
      for i in start..<Swift.min(start + 8, result.count) {
        let number = block[(i - start) / 2] >> (i & 1 == 0 ? 0 : 16) & 0xffff
        result.set(i, integer: Int(number) >= threshold ? 1 : 0)
      }
    }
    return result
  }

  /// Shape and threshold.
  public func sign(_ signature: inout Signature) {
    signature.append(shape)
    signature.append(threshold)
  }
}

/// The blocks of one key and step, for oracles.
struct PhiloxStream {
  private let key: SIMD2<UInt32>
  private let step: SIMD2<UInt32>

  init(_ key: HostArray, _ step: HostArray) {
    func halves(_ number: HostArray) -> SIMD2<UInt32> {
      let bits = UInt64(bitPattern: number.integer(0))
      return [UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32)]
    }
    self.key = halves(key)
    self.step = halves(step)
  }

  func block(_ index: UInt64) -> SIMD4<UInt32> {
    PhiloxGenerator.block(
      counter: [
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), step[0],
        step[1],
      ], key: key)
  }
}

extension PhiloxGenerator {
  /// Key and step as the inputs of a random primitive.
  var scalars: (key: Node, step: Node) {
    (
      Node(.integer(Int64(bitPattern: seed)), .int64),
      Node(.integer(Int64(bitPattern: stream)), .int64)
    )
  }
}

extension Tensor {
  /// Truth values that are false with a probability: which elements dropout keeps.
  ///
  /// They take no memory where only elementwise functions read them, and are computed again where
  /// gradients need them.
  ///
  /// - Parameters:
  ///   - shape: The shape.
  ///   - probability: How likely false is, in 0...1; rounded to a multiple of 2⁻¹⁶.
  ///   - generator: Not advanced: the same generator gives the same mask, whatever the number of
  ///     threads. Derive another one for each purpose and step with `mixing(_:)`.
  /// - Returns: `bool` of the shape.
  public static func keepMask(
    _ shape: Shape, dropping probability: Double, using generator: PhiloxGenerator
  ) -> Tensor {
    precondition(
      (0...1).contains(probability),
      "keepMask: the probability lies in 0...1, \(probability) does not")
    let (key, step) = generator.scalars
    let threshold = KeepMask.threshold(dropping: probability)
    return record(KeepMask(shape: shape, threshold: threshold), Operands(key, step))
  }
}
