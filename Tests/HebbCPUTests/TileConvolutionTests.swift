import CHebbKernels
import Glibc
import HebbCPU
import HebbCore
import HebbTestSupport
import Testing
import TileEmulator

extension TileMatMulTests {
  /// Convolutions on matrix tiles against sums in double precision; in one suite with the products, because
  /// whether tiles are emulated is a setting of the process.
  @Suite struct Convolutions {
    private func withTiles(_ body: () -> Void) {
      Hebb.allowsTiles = true
      let isReal = hebb_tiles_available()
      Hebb.allowsTiles = false
      guard isReal || (hebb_vector_level() >= 3 && tile_emulator_install()) else { return }
      hebb_set_tiles_emulated(!isReal)
      Hebb.allowsTiles = true
      defer {
        Hebb.allowsTiles = false
        hebb_set_tiles_emulated(false)
      }
      body()
    }

    private static let kinds = [
      HEBB_TILE_CONV_FORWARD, HEBB_TILE_CONV_INPUT_GRADIENT, HEBB_TILE_CONV_WEIGHT_GRADIENT,
    ]

    /// A convolution with numbers of its own.
    private struct Case {
      var g: hebb_tile_conv
      var x: [Float]
      var dy: [Float]
      var w: [Float]
      var bias: [Float]

      /// `sizes`: batch, in, out, height, width, kernel (2), stride (2), padding (2), dilation (2).
      init(_ sizes: [Int], seed: UInt64) {
        let s = sizes.map(Int64.init)
        let outHeight = (s[3] + 2 * s[9] - s[11] * (s[5] - 1) - 1) / s[7] + 1
        let outWidth = (s[4] + 2 * s[10] - s[12] * (s[6] - 1) - 1) / s[8] + 1
        g = hebb_tile_conv(
          batch: s[0], in: s[1], out: s[2], height: s[3], width: s[4], out_height: outHeight,
          out_width: outWidth, kernel_height: s[5], kernel_width: s[6], stride_y: s[7],
          stride_x: s[8], pad_top: s[9], pad_left: s[10], dilation_y: s[11], dilation_x: s[12])
        var generator = PhiloxGenerator(seed: seed)
        func numbers(_ count: Int64) -> [Float] {
          (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
        }
        x = numbers(s[0] * s[1] * s[3] * s[4])
        dy = numbers(s[0] * s[2] * outHeight * outWidth)
        w = numbers(s[1] * s[2] * s[5] * s[6])
        bias = numbers(s[2])
      }

      func run(_ kind: hebb_tile_conv_kind, parts: Int32 = 3, threads: Int32 = 2) -> [Float] {
        var g = g
        let counts = [dy.count, x.count, w.count]
        var result = [Float](repeating: .nan, count: counts[Int(kind.rawValue)])
        guard let plan = hebb_tile_conv_create(&g, kind, parts, threads) else { return result }
        let scratch = UnsafeMutableRawPointer.allocate(
          byteCount: Int(hebb_tile_conv_scratch_bytes(plan)), alignment: 64)
        switch kind {
        case HEBB_TILE_CONV_FORWARD:
          bias.withUnsafeBufferPointer {
            hebb_tile_conv_forward(
              plan, x, w, hebb_product_after(scale: nil, bias: $0.baseAddress, residual: nil),
              HEBB_ACTIVATION_NONE, &result, scratch)
          }
        case HEBB_TILE_CONV_INPUT_GRADIENT:
          hebb_tile_conv_input_gradient(plan, dy, w, &result, scratch)
        default: hebb_tile_conv_weight_gradient(plan, x, dy, &result, scratch)
        }
        scratch.deallocate()
        hebb_tile_conv_destroy(plan)
        return result
      }

      /// The result in double precision, and sums of absolute products to measure errors by.
      func expected(_ kind: hebb_tile_conv_kind) -> (values: [Double], scales: [Double]) {
        let products = ConvolutionProducts(
          batch: g.batch, in: g.in, out: g.out,
          height: .init(
            size: g.height, outSize: g.out_height, kernel: g.kernel_height, stride: g.stride_y,
            pad: g.pad_top, dilation: g.dilation_y),
          width: .init(
            size: g.width, outSize: g.out_width, kernel: g.kernel_width, stride: g.stride_x,
            pad: g.pad_left, dilation: g.dilation_x))
        let operation = ConvolutionProducts.Operation.allCases[Int(kind.rawValue)]
        var (values, scales) = products.sums(operation, x: x, w: w, dy: dy)
        guard kind == HEBB_TILE_CONV_FORWARD else { return (values, scales) }
        for i in values.indices {
          values[i] += Double(bias[i % bias.count])
          scales[i] += abs(Double(bias[i % bias.count]))
        }
        return (values, scales)
      }

      func error(_ kind: hebb_tile_conv_kind, parts: Int32 = 3) -> Double {
        let (values, scales) = expected(kind)
        let actual = run(kind, parts: parts)
        guard actual.allSatisfy(\.isFinite) else { return .infinity }
        return zip(actual, zip(values, scales)).map { abs(Double($0) - $1.0) / max($1.1, 1e-30) }
          .max() ?? 0
      }
    }

    /// Layers of known networks, made small: LeNet, AlexNet, ResNet (also with stride 2 and 1x1), and edges.
    private static let layers = [
      [2, 1, 6, 12, 12, 5, 5, 1, 1, 2, 2, 1, 1], [1, 3, 16, 23, 23, 11, 11, 4, 4, 2, 2, 1, 1],
      [2, 3, 20, 14, 14, 7, 7, 2, 2, 3, 3, 1, 1], [1, 40, 33, 3, 32, 3, 3, 1, 1, 1, 1, 1, 1],
      [3, 32, 32, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1], [2, 33, 17, 7, 7, 3, 3, 2, 2, 1, 1, 1, 1],
      [2, 48, 20, 6, 6, 1, 1, 2, 2, 0, 0, 1, 1], [3, 17, 40, 5, 7, 1, 1, 1, 1, 0, 0, 1, 1],
      [1, 18, 18, 9, 16, 3, 2, 1, 1, 2, 0, 2, 3], [2, 20, 5, 6, 9, 2, 4, 3, 1, 0, 2, 1, 1],
    ]

    /// Sums of few products are rounded once for each of six part products, so 2.4e-7 is four units in
    /// the last place; two parts leave 2 · 2⁻¹⁶ and one 2 · 2⁻⁹ of each product.
    @Test(arguments: 0..<10) func agreesWithDoublePrecision(_ number: Int) {
      withTiles {
        let layer = Case(Self.layers[number], seed: UInt64(number))
        for kind in Self.kinds {
          #expect(layer.error(kind) < 2.4e-7, "\(Self.layers[number]) kind \(kind.rawValue)")
        }
        #expect(layer.error(Self.kinds[number % 3], parts: 2) < 3.1e-5)
        #expect(layer.error(Self.kinds[number % 3], parts: 1) < 0.004)
      }
    }

    @Test func threadsOnlyShareTheWork() {
      withTiles {
        let layer = Case(Self.layers[4], seed: 5)
        for kind in Self.kinds {
          #expect(layer.run(kind) == layer.run(kind))
          let single = layer.run(kind, threads: 1)
          #expect(single.allSatisfy { $0.isFinite })
        }
        for kind in Self.kinds.dropLast() {
          #expect(layer.run(kind, threads: 1) == layer.run(kind, threads: 3))
        }
      }
    }

    /// What parts cannot represent: infinities, no numbers, the largest and the smallest magnitudes.
    @Test func specialNumbersGiveWhatFloatGives() {
      withTiles {
        var layer = Case([1, 17, 17, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1], seed: 3)
        let calm = layer.run(HEBB_TILE_CONV_FORWARD)
        layer.x[0] = .infinity  // the first pixel: reached by four of the sixteen
        let wild = layer.run(HEBB_TILE_CONV_FORWARD)
        let reached: Set<Int> = [0, 1, 4, 5]
        for i in wild.indices {
          #expect(wild[i].isInfinite == reached.contains(i / 17) && !wild[i].isNaN)
          if !reached.contains(i / 17) { #expect(abs(wild[i] - calm[i]) < 1e-4) }
        }
        layer.x[0] = .nan
        let lost = layer.run(HEBB_TILE_CONV_WEIGHT_GRADIENT)
        #expect(lost.contains { $0.isNaN } && lost.contains { $0.isFinite })
        // Close to the largest number, and so small that the third part would vanish.
        layer.x[0] = 0
        for factor: Float in [1e38, 1e-36] {
          var scaled = layer
          scaled.w = layer.w.map { $0 * 1e-3 }
          scaled.bias = layer.bias.map { _ in 0 }
          scaled.x = layer.x.map { $0 * factor }
          scaled.w = factor < 1 ? layer.w : scaled.w
          #expect(scaled.error(HEBB_TILE_CONV_FORWARD) < 1e-5)
        }
      }
    }

    /// Scale, bias, residual and activations on top of the sums; also where tiles cannot take the numbers.
    @Test(arguments: [HEBB_ACTIVATION_NONE, HEBB_ACTIVATION_RELU, HEBB_ACTIVATION_TANH])
    func whatFollows(activation: hebb_activation) {
      withTiles {
        for factor: Float in [1, 1e12] {
          var layer = Case(Self.layers[number(of: activation)], seed: 9)
          layer.x = layer.x.map { $0 * factor }
          layer.w = layer.w.map { $0 / factor }
          let filters = layer.bias.count
          let scale = layer.bias.map { 1.5 - $0 }
          let residual = layer.dy
          var result = [Float](repeating: .nan, count: layer.dy.count)
          guard let plan = hebb_tile_conv_create(&layer.g, HEBB_TILE_CONV_FORWARD, 3, 2) else {
            Issue.record("no plan")
            return
          }
          let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: Int(hebb_tile_conv_scratch_bytes(plan)), alignment: 64)
          scale.withUnsafeBufferPointer { scale in
            layer.bias.withUnsafeBufferPointer { bias in
              residual.withUnsafeBufferPointer { residual in
                let after = hebb_product_after(
                  scale: scale.baseAddress, bias: bias.baseAddress, residual: residual.baseAddress)
                hebb_tile_conv_forward(
                  plan, layer.x, layer.w, after, activation, &result, scratch)
              }
            }
          }
          scratch.deallocate()
          hebb_tile_conv_destroy(plan)
          let (values, scales) = layer.expected(HEBB_TILE_CONV_FORWARD)
          let isClose = values.indices.allSatisfy { i in
            let (o, bias) = (i % filters, Double(layer.bias[i % filters]))
            let sum = (values[i] - bias) * Double(scale[o]) + bias + Double(residual[i])
            let exact =
              activation == HEBB_ACTIVATION_RELU
              ? max(0, sum) : activation == HEBB_ACTIVATION_TANH ? tanh(sum) : sum
            return abs(Double(result[i]) - exact) < 1e-6 * (scales[i] * 2.5 + 2)
          }
          #expect(isClose, "numbers times \(factor)")
        }
      }
    }

    private func number(of activation: hebb_activation) -> Int {
      Int(activation.rawValue) % 2 * 2 + 3
    }

    /// Numbers for a layer, and what its results are measured against.
    private static func accuracyCase(_ layer: Int, _ kind: String) -> Case {
      var some = Case(layers[layer], seed: 40)
      func scaled(_ x: [Float], _ period: Int) -> [Float] {
        x.enumerated().map {
          $1 * Float(sign: .plus, exponent: $0 % period - period / 2, significand: 1)
        }
      }
      if kind == "ill-scaled" {
        (some.x, some.dy, some.w) = (scaled(some.x, 29), scaled(some.dy, 31), scaled(some.w, 37))
      } else if kind == "cancelling" {
        // Each second channel nearly undoes the one before.
        for i in stride(from: 1, to: some.x.count, by: 2) { some.x[i] = -some.x[i - 1] * 1.0001 }
        for i in stride(from: 1, to: some.dy.count, by: 2) { some.dy[i] = -some.dy[i - 1] * 1.0001 }
        let taps = Int(some.g.kernel_height * some.g.kernel_width)
        let channels = Int(some.g.in)
        for i in some.w.indices where i / taps % channels % 2 == 1 { some.w[i] = some.w[i - taps] }
      }
      some.bias = some.bias.map { _ in 0 }
      return some
    }

    /// Against the sums of products on vectors that plans choose without tiles. Where few products make up
    /// a sum, both are right to the last place.
    @Test(
      arguments: [3, 4, 7], ["random", "ill-scaled", "cancelling"]
    ) func highestIsNoLessAccurateThanVectors(layer: Int, kind: String) {
      let some = Self.accuracyCase(layer, kind)
      let g = some.g
      let geometry = ConvolutionGeometry(
        stride: [Int(g.stride_y), Int(g.stride_x)], padding: [Int(g.pad_top), Int(g.pad_left)],
        dilation: [Int(g.dilation_y), Int(g.dilation_x)])
      func image(_ values: [Float], _ sizes: [Int64]) -> Tensor {
        Tensor(values).reshaped(to: Shape(sizes.map(Int.init))).permuted([0, 3, 1, 2])
      }
      let x = image(some.x, [g.batch, g.height, g.width, g.in]).source()
      let dy = image(some.dy, [g.batch, g.out_height, g.out_width, g.out])
      let w = Tensor(some.w)
        .reshaped(to: Shape([g.out, g.in, g.kernel_height, g.kernel_width].map(Int.init))).source()
      Hebb.allowsWinograd = false
      defer { Hebb.allowsWinograd = true }
      let y = convolution(x, w, nil, geometry)
      let slopes = gradients(of: y, for: [x, w], cotangent: dy)
      let vectors = [
        y.permuted([0, 2, 3, 1]).floats(),
        slopes[0].permuted([0, 2, 3, 1]).floats(), slopes[1].floats(),
      ]
      withTiles {
        for (operation, onVectors) in zip(Self.kinds, vectors) {
          let exact = some.expected(operation).values
          let found = relativeError(some.run(operation), exact)
          let allowed = relativeError(onVectors, exact)
          #expect(found <= max(allowed, 0x1p-23), "\(kind), operation \(operation.rawValue)")
          if kind != "cancelling" {
            #expect(relativeError(some.run(operation, parts: 2), exact) < 2e-5)
          }
        }
      }
    }

    @Test func precisionIsRecordedAndInherited() {
      let x = Tensor.sample([32, 32, 8, 8], 1).source()
      let w = Tensor.sample([32, 32, 3, 3], 2).source()
      func results(_ precision: MatrixPrecision) -> [[Float]] {
        let y = withMatrixPrecision(precision) {
          convolution(x, w, nil, ConvolutionGeometry(padding: [1, 1]))
        }
        // Outside of the scope: gradients keep the precision of the convolution.
        let slopes = gradients(of: y, for: [x, w], cotangent: .sample(y.shape, 3))
        return ([y] + slopes).map { $0.floats() }
      }
      withTiles {
        let all = MatrixPrecision.allCases.map(results)
        for i in 0..<3 {
          #expect(all[0][i] != all[1][i] && all[1][i] != all[2][i] && all[0][i] != all[2][i])
          for other in all[1...] {
            #expect(relativeError(other[i], all[0][i].map(Double.init)) < 0.02)
          }
        }
      }
    }

    /// Plans take the tiles where they are expected to win, and give what the oracle gives.
    @Test func plansUseTilesUnlessForbidden() {
      Hebb.allowsTiles = true
      let isReal = hebb_tiles_available()
      Hebb.allowsTiles = false
      withTiles {
        let x = Tensor.sample([2, 32, 8, 8], 1).source()
        let w = Tensor.sample([32, 32, 3, 3], 2).source()
        func results() -> [Tensor] {
          let y = relu(convolution(x, w, nil, ConvolutionGeometry(padding: [1, 1])))
          let all = [y] + gradients(of: (y * y).sum(), for: [x, w])
          Tensor.evaluate(all)
          return all
        }
        let expected = withReferenceBackend { results() }
        let before = tile_emulator_products()
        let onTiles = results()
        let between = tile_emulator_products()
        Hebb.allowsTiles = false
        let without = results()
        Hebb.allowsTiles = true
        // Real tiles leave no trace in the emulator.
        if !isReal { #expect(between > before) }
        #expect(tile_emulator_products() == between)
        for (e, (a, b)) in zip(expected, zip(onTiles, without)) {
          expectClose(a, e, within: 1e-5)
          expectClose(b, e, within: 1e-5)
        }
      }
    }
  }
}
