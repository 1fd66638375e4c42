import CHebbKernels
import HebbCPU
import HebbCore
import HebbTestSupport
import Testing

/// Convolutions as products of places, against sums in double precision, and plans that choose them
/// against the reference.
@Suite struct PlacesConvolutionTests {
  private struct Case {
    var g: hebb_conv_places
    var (x, dy, w): ([Float], [Float], [Float])
    var (scale, bias, residual): ([Float], [Float], [Float])

    /// `sizes`: batch, in, out, height, width, kernel (2), stride (2), padding (2), dilation.
    init(_ sizes: [Int], seed: UInt64) {
      let s = sizes.map(Int64.init)
      func axis(_ i: Int) -> hebb_conv_axis {
        let reach = s[11] * (s[5 + i] - 1) + 1
        return hebb_conv_axis(
          size: s[3 + i], out_size: (s[3 + i] + 2 * s[9 + i] - reach) / s[7 + i] + 1,
          kernel: s[5 + i], stride: s[7 + i], pad: s[9 + i], dilation: s[11])
      }
      g = hebb_conv_places()
      (g.batch, g.in, g.out, g.height, g.width) = (s[0], s[1], s[2], axis(0), axis(1))
      var generator = PhiloxGenerator(seed: seed)
      func numbers(_ count: Int64) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
      }
      x = numbers(g.batch * g.height.size * g.width.size * g.in)
      dy = numbers(g.batch * g.height.out_size * g.width.out_size * g.out)
      w = numbers(g.out * g.in * g.height.kernel * g.width.kernel)
      (scale, bias, residual) = (numbers(g.out), numbers(g.out), numbers(Int64(dy.count)))
    }

    /// The result; traps if memory behind the packed weight or the result is written.
    func run(gradient: Bool, threads: Int32) -> [Float] {
      var g = g
      let bytes = Int(hebb_conv_places_packed_bytes(&g, gradient))
      let packed = UnsafeMutableRawPointer.allocate(byteCount: bytes + 64, alignment: 64)
      defer { packed.deallocate() }
      packed.initializeMemory(as: UInt8.self, repeating: 0xff, count: bytes + 64)
      let weight = packed.assumingMemoryBound(to: Float.self)
      hebb_conv_places_pack(&g, gradient, w, weight, threads)
      #expect((0..<16).allSatisfy { weight[bytes / 4 + $0].isNaN })
      let count = gradient ? x.count : dy.count
      var result = [Float](repeating: .nan, count: count + 16)
      if gradient {
        hebb_conv_places_input_gradient(&g, dy, weight, &result, threads)
      } else {
        g.activation = HEBB_ACTIVATION_RELU
        scale.withUnsafeBufferPointer { scale in
          bias.withUnsafeBufferPointer { bias in
            residual.withUnsafeBufferPointer { residual in
              let after = hebb_product_after(
                scale: scale.baseAddress, bias: bias.baseAddress, residual: residual.baseAddress)
              hebb_conv_places_forward(&g, x, weight, after, &result, threads)
            }
          }
        }
      }
      #expect(result[count...].allSatisfy { $0.isNaN })
      return Array(result[..<count])
    }

    /// The gradient of the weight; traps if memory behind the scratch or the result is written.
    func weightGradient(threads: Int32) -> [Float] {
      var g = g
      let bytes = Int(hebb_conv_places_weight_scratch_bytes(&g, threads))
      let scratch = UnsafeMutableRawPointer.allocate(byteCount: bytes + 64, alignment: 64)
      defer { scratch.deallocate() }
      scratch.initializeMemory(as: UInt8.self, repeating: 0xff, count: bytes + 64)
      var result = [Float](repeating: .nan, count: w.count + 16)
      hebb_conv_places_weight_gradient(&g, x, dy, &result, scratch, threads)
      let isIntact = (0..<64).allSatisfy {
        scratch.load(fromByteOffset: bytes + $0, as: UInt8.self) == 0xff
      }
      #expect(isIntact)
      #expect(result[w.count...].allSatisfy { $0.isNaN })
      return Array(result[..<w.count])
    }

    /// The result in double precision, and sums of absolute products to measure errors by.
    func expected(
      _ operation: ConvolutionProducts.Operation
    ) -> (values: [Double], scales: [Double]) {
      func axis(_ a: hebb_conv_axis) -> ConvolutionProducts.Axis {
        .init(
          size: a.size, outSize: a.out_size, kernel: a.kernel, stride: a.stride, pad: a.pad,
          dilation: a.dilation)
      }
      var (values, scales) = ConvolutionProducts(
        batch: g.batch, in: g.in, out: g.out, height: axis(g.height), width: axis(g.width)
      ).sums(operation, x: x, w: w, dy: dy)
      guard operation == .forward else { return (values, scales) }
      for i in values.indices {
        let o = i % Int(g.out)
        let sum = values[i] * Double(scale[o]) + Double(bias[o]) + Double(residual[i])
        scales[i] = scales[i] * abs(Double(scale[o])) + abs(Double(bias[o])) + 1
        values[i] = max(0, sum)
      }
      return (values, scales)
    }
  }

  /// Images that stand alone and that fill blocks, odd channels, windows wider than an image, gradients of
  /// which some places meet no tap, channels that are cut into ranges.
  @Test(arguments: [
    [1, 40, 70, 7, 7, 3, 3, 1, 1, 1, 1, 1], [7, 33, 32, 4, 4, 3, 3, 1, 1, 1, 1, 1],
    [13, 16, 48, 8, 6, 3, 3, 2, 2, 1, 1, 1], [6, 20, 17, 9, 5, 5, 3, 3, 2, 2, 0, 1],
    [2, 600, 10, 3, 3, 1, 1, 2, 2, 0, 0, 1], [3, 9, 130, 6, 7, 3, 2, 1, 1, 2, 1, 2],
    [8, 5, 6, 2, 2, 5, 5, 1, 1, 2, 2, 1], [1, 3, 65, 5, 12, 1, 7, 1, 1, 0, 3, 1],
  ]) func agreesWithDoubles(_ sizes: [Int]) {
    let some = Case(sizes, seed: 11)
    var g = some.g
    guard hebb_conv_places_available(&g) else {
      print("skipped: no AVX-512 on this processor")
      return
    }
    for gradient in [false, true] {
      let result = some.run(gradient: gradient, threads: 2)
      let alone = some.run(gradient: gradient, threads: 1)
      let sameBits = result == alone
      #expect(sameBits, "gradient \(gradient)")
      let (values, scales) = some.expected(gradient ? .inputGradient : .forward)
      // Products are summed in float32: half a unit for each of some hundreds, mostly cancelling.
      let isClose = result.indices.allSatisfy {
        abs(Double(result[$0]) - values[$0]) <= 2e-6 * (scales[$0] + 1e-3)
      }
      #expect(isClose, "gradient \(gradient)")
    }
  }

  /// Results that are small and that are not, threads that share places and threads that share channels,
  /// more places than a block, strides and dilation.
  @Test(arguments: [
    [1, 40, 70, 7, 7, 3, 3, 1, 1, 1, 1, 1], [7, 33, 32, 4, 4, 3, 3, 1, 1, 1, 1, 1],
    [13, 16, 48, 17, 16, 3, 3, 2, 2, 1, 1, 1], [6, 20, 17, 9, 5, 5, 3, 3, 2, 2, 0, 1],
    [2, 600, 10, 3, 3, 1, 1, 2, 2, 0, 0, 1], [3, 9, 130, 6, 7, 3, 2, 1, 1, 2, 1, 2],
    [40, 140, 150, 3, 3, 3, 3, 1, 1, 1, 1, 1], [8, 5, 6, 2, 2, 5, 5, 1, 1, 2, 2, 1],
  ]) func weightGradientsAgreeWithDoubles(_ sizes: [Int]) {
    guard hebb_product_available() else {
      print("skipped: no AVX-512 on this processor")
      return
    }
    let some = Case(sizes, seed: 12)
    let (values, scales) = some.expected(.weightGradient)
    for threads in [1, 2, 3, 4] {
      let result = some.weightGradient(threads: Int32(threads))
      let isClose = result.indices.allSatisfy {
        abs(Double(result[$0]) - values[$0]) <= 2e-6 * (scales[$0] + 1e-3)
      }
      #expect(isClose, "\(threads) threads")
      let isSame = result == some.weightGradient(threads: Int32(threads))
      #expect(isSame)
    }
  }

  /// Layers for which plans choose these loops, with what they do to the result, and the gradients.
  @Test(arguments: [
    (1, 64, 7, 1, 1), (8, 48, 4, 1, 3), (6, 32, 8, 2, 3), (1, 40, 9, 2, 3), (5, 64, 10, 2, 3),
  ])
  func plansAgreeWithTheReference(batch: Int, channels: Int, size: Int, stride: Int, kernel: Int) {
    let geometry = ConvolutionGeometry(
      stride: [stride, stride], padding: [kernel / 2, kernel / 2])
    func results() -> [Tensor] {
      let x = Tensor.sample([batch, channels, size, size], 1).source()
      let weight = Tensor.sample([64, channels, kernel, kernel], 2).source()
      let y = relu(convolution(x, weight, .sample([64], 3), geometry))
      let slopes = gradients(of: y, for: [x, weight], cotangent: .sample(y.shape, 4))
      Tensor.evaluate(slopes + [y])
      return slopes + [y]
    }
    let expected = withReferenceBackend { results() }
    for (one, other) in zip(results(), expected) { expectClose(one, other, within: 2e-5) }
  }
}
