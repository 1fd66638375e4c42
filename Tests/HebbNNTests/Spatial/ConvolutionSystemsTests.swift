import HebbCore
import HebbNN
import HebbTestSupport
import Testing

/// What the textbooks say about convolution layers, shown.
@Suite struct ConvolutionSystemsTests {
  private func image(_ rows: [[Float]]) -> Tensor {
    Tensor(rows.flatMap { $0 }, shape: [1, 1, rows.count, rows[0].count])
  }

  private func counted(_ shape: Shape) -> Tensor {
    Tensor((0..<shape.elementCount).map(Float.init), shape: shape)
  }

  /// numpy.convolve and scipy.signal.convolve2d of NumPy 2.4, and commutativity.
  @Test func convolutionOfMathematics() {
    let line = signalConvolution([1, 2, 3, 4], [0, 1, 0.5])
    #expect(line.doubles() == [0, 1, 2.5, 4, 5.5, 2])
    let x = Tensor([1, 2, 0, 3, -1, 4] as [Float], shape: [2, 3])
    let kernel = Tensor([1, 2, -3, 5] as [Float], shape: [2, 2])
    let plane = signalConvolution(x, kernel)
    #expect(plane.doubles() == [1, 4, 4, 0, 0, 4, 12, 8, -9, 18, -17, 20])
    #expect(signalConvolution(kernel, x).doubles() == plane.doubles())
  }

  /// conv(x, k) = corr(x, flip k).
  @Test func correlationFlipsTheKernel() {
    let x = Tensor.sample([6, 7], 1, dtype: .float64)
    let kernel = Tensor.sample([3, 2], 2, dtype: .float64)
    let flipped = kernel.flipped(axis: 0).flipped(axis: 1)
    let correlation = convolution(
      x.reshaped(to: [1, 1, 6, 7]), flipped.reshaped(to: [1, 1, 3, 2]), nil,
      .init(padding: [2, 1]))
    let whole = signalConvolution(x, kernel)
    expectClose(whole, correlation.reshaped(to: [8, 8]), within: 1e-14)
    let unflipped = signalConvolution(x, flipped)
    #expect(abs(whole - unflipped).max().item() > 0.1)
  }

  /// The example of "Dive into Deep Learning" §7.2 and that of several channels in §7.4.
  @Test func imagesOfTheBook() {
    let y = convolution(counted([1, 1, 3, 3]), counted([1, 1, 2, 2]))
    #expect(y.doubles() == [19, 25, 37, 43])
    let x = concatenate([counted([1, 1, 3, 3]), counted([1, 1, 3, 3]) + 1], axis: 1)
    let kernel = concatenate([counted([1, 1, 2, 2]), counted([1, 1, 2, 2]) + 1], axis: 1)
    #expect(convolution(x, kernel).doubles() == [56, 72, 104, 120])
    // Three output channels, each with a kernel of its own, as §7.4.2.
    let three = concatenate([kernel, kernel + 1, kernel + 2])
    #expect(
      convolution(x, three).doubles()
        == [56, 72, 104, 120, 76, 100, 148, 172, 96, 128, 192, 224])
  }

  /// "Dive into Deep Learning" §16.3: the width is a window that slides over a sequence.
  @Test func linesOfTheBook() {
    let y = convolution(counted([1, 1, 7]), Tensor([1, 2] as [Float], shape: [1, 1, 2]))
    #expect(y.shape == [1, 1, 6])
    #expect(y.doubles() == [2, 5, 8, 11, 14, 17])
    let x = concatenate(
      [counted([1, 1, 7]), counted([1, 1, 7]) + 1, counted([1, 1, 7]) + 2], axis: 1)
    let kernel = Tensor([1, 2, 3, 4, -1, -3] as [Float], shape: [1, 3, 2])
    #expect(convolution(x, kernel).doubles() == [2, 8, 14, 20, 26, 32])
  }

  @Test func oneByOneIsFullyConnectedForEachPixel() {
    let x = Tensor.sample([2, 3, 4, 5], 1)
    let (weight, bias) = (Tensor.sample([6, 3, 1, 1], 2), Tensor.sample([6], 3))
    let perPixel = affine(x.permuted([0, 2, 3, 1]), weight.reshaped(to: [6, 3]), bias)
    expectClose(convolution(x, weight, bias), perPixel.permuted([0, 3, 1, 2]), within: 1e-6)
  }

  /// ⌈in / stride⌉ for SAME, ⌈(in − k + 1) / stride⌉ for VALID, for every size from 1 to 40.
  @Test func sizesOfSameAndValid() {
    var random = PhiloxGenerator(seed: 1)
    for (kernel, stride) in [(1, 1), (2, 1), (3, 1), (3, 2), (4, 3), (5, 2), (2, 5)] {
      let same = Conv1d(
        inputs: 1, outputs: 1, kernel: kernel, stride: stride, padding: .same, using: &random)
      let valid = Conv1d(
        inputs: 1, outputs: 1, kernel: kernel, stride: stride, padding: .valid, using: &random)
      for size in 1...40 {
        let x = Tensor.zeros([1, 1, size])
        #expect(same(x).shape[2] == (size + stride - 1) / stride)
        guard size >= kernel else { continue }
        #expect(valid(x).shape[2] == (size - kernel + 1 + stride - 1) / stride)
      }
    }
  }

  /// A kernel that copies its middle shows the padding: numpy.pad with constant, edge and mean.
  @Test func kindsOfPadding() {
    var random = PhiloxGenerator(seed: 1)
    let x = Tensor([9, 1, 2, 3, 4, 5] as [Float], shape: [1, 1, 2, 3])
    func padded(_ padding: ConvolutionPadding) -> [Double] {
      let layer = Conv2d(
        inputs: 1, outputs: 1, kernel: 1, padding: padding, bias: false, using: &random)
      layer.weight = .ones([1, 1, 1, 1])
      return layer(x).doubles()
    }
    #expect(padded(.zeros(1)) == [0, 0, 0, 0, 0, 0, 9, 1, 2, 0, 0, 3, 4, 5, 0, 0, 0, 0, 0, 0])
    #expect(padded(.replicate(1)) == [9, 9, 1, 2, 2, 9, 9, 1, 2, 2, 3, 3, 4, 5, 5, 3, 3, 4, 5, 5])
    let mean = [4, 6, 2.5, 3.5, 4, 4, 9, 1, 2, 4, 4, 3, 4, 5, 4, 4, 6, 2.5, 3.5, 4]
    expectClose(padded(.mean(1)), mean, within: 1e-6)
  }

  /// "Dive into Deep Learning" §7.3: 8 × 8 becomes 4 × 4, then 2 × 2.
  @Test func stridesOfTheBook() {
    let x = Tensor.zeros([1, 1, 8, 8])
    let halved = convolution(
      x, .zeros([1, 1, 3, 3]), nil, .init(stride: [2, 2], padding: [1, 1]))
    #expect(halved.shape == [1, 1, 4, 4])
    let y = convolution(x, .zeros([1, 1, 3, 5]), nil, .init(stride: [3, 4], padding: [0, 1]))
    #expect(y.shape == [1, 1, 2, 2])
  }

  /// A convolution is one matrix product of columns; col2im(im2col(x)) counts the windows.
  @Test func columnsMakeAConvolutionOneProduct() {
    let geometry = ConvolutionGeometry(stride: [2, 1], padding: [1, 0], dilation: [1, 2])
    let x = Tensor.sample([2, 3, 6, 7], 1, dtype: .float64)
    let weight = Tensor.sample([4, 3, 3, 2], 2, dtype: .float64)
    let columns = unfold(x, kernel: [3, 2], geometry)
    let expected = convolution(x, weight, nil, geometry)
    let product = matmul(weight.reshaped(to: [4, -1]), columns)
    expectClose(product.reshaped(to: expected.shape), expected, within: 1e-13)
    let again = fold(columns, to: [6, 7], kernel: [3, 2], geometry)
    let counts = fold(
      unfold(x.filled(with: 1), kernel: [3, 2], geometry), to: [6, 7], kernel: [3, 2], geometry)
    expectClose(again, x * counts, within: 1e-13)
    #expect(counts.max().item() == 4 && counts.doubles() == counts.doubles().map { $0.rounded() })
  }

  /// The gradient goes to the maximum alone, to the first of equals in row order.
  @Test func maximaSendGradientsToTheFirstOfEquals() {
    func slopes(_ x: Tensor, _ pool: (Tensor) -> Tensor) -> [Double] {
      let x = x.source()
      return gradients(of: pool(x).sum(), for: [x])[0].doubles()
    }
    let x = image([[1, 5, 2, 2], [5, 0, 2, 2]])
    #expect(slopes(x) { maxPool($0, .init(kernel: [2, 2])) } == [0, 1, 1, 0, 0, 0, 0, 0])
    #expect(slopes(x) { adaptiveMaxPool($0, to: [2, 3]) } == [0, 2, 1, 0, 1, 0, 2, 0])
    #expect(slopes(x) { globalMaxPool($0) } == [0, 1, 0, 0, 0, 0, 0, 0])
    let volume = Tensor([3, 1, 2, 3, 3, 1, 1, 3] as [Float], shape: [1, 1, 2, 2, 2])
    #expect(slopes(volume) { maxPool($0, .init(kernel: [2, 2, 2])) } == [1, 0, 0, 0, 0, 0, 0, 0])
  }

  /// Means spread the gradient evenly.
  @Test func meansSpreadGradientsEvenly() {
    let x = Tensor.sample([1, 1, 4, 6], 1).source()
    let y = averagePool(x, .init(kernel: [2, 3]))
    let slope = gradients(of: y, for: [x], cotangent: counted([1, 1, 2, 2]) + 1)[0]
    let expected = (0..<24).map { place -> Double in
      let (row, column) = (place / 12, place % 6 / 3)
      return Double(2 * row + column + 1) / 6
    }
    expectClose(slope.doubles(), expected, within: 1e-6)
  }

  /// Goodfellow et al. 2016, figure 9.8: after a shift by one pixel all inputs have changed, but only
  /// some of the pooled values.
  @Test func poolingKeepsValuesUnderSmallShifts() {
    let x = Tensor.sample([1, 4, 32, 33], 5)
    let (before, after) = (x.slice(axis: 3, 0..<32), x.slice(axis: 3, 1..<33))
    func unchanged(_ a: Tensor, _ b: Tensor) -> Double {
      Double(zip(a.doubles(), b.doubles()).count { $0 == $1 }) / Double(a.count)
    }
    let window = PoolGeometry(kernel: [3, 3], stride: [1, 1])
    let pooled = unchanged(maxPool(before, window), maxPool(after, window))
    #expect(unchanged(before, after) < 0.01)
    // Half of the elements of both windows are shared; where the largest is one of them, it stays.
    #expect(pooled > 0.4)
  }

  /// Far fewer parameters and products than a fully connected layer between the same images, and in
  /// depth every input still reaches a result.
  @Test func interactionsAreSparse() {
    var random = PhiloxGenerator(seed: 1)
    let layer = Conv2d(inputs: 1, outputs: 8, kernel: 3, padding: 1, using: &random)
    let dense = Linear(inputs: 16 * 16, outputs: 8 * 16 * 16, using: &random)
    func count(_ module: some Module) -> Int {
      module.namedParameters().reduce(0) { $0 + ($1.box.tensor?.count ?? 0) }
    }
    #expect(count(layer) == 80 && count(dense) == 526_336)
    let products = layer(.zeros([1, 1, 16, 16])).count * 9
    #expect(products == 18_432 && dense.weight.count == 524_288)
    // One 3 × 3 layer sees 9 inputs, eight of them 17 × 17: all of a 16 × 16 image's middle.
    let deep = (0..<8).map { _ in
      Conv2d(inputs: 1, outputs: 1, kernel: 3, padding: 1, using: &random)
    }
    let field = receptiveField(of: deep)
    #expect(field.size == [17, 17])
    for layer in deep { layer.weight = .ones([1, 1, 3, 3]) }
    let x = Tensor.zeros([1, 1, 16, 16]).source()
    let y = deep.reduce(x) { $1($0) }
    let slope = gradients(of: y.slice(axis: 2, 8..<9).slice(axis: 3, 8..<9).sum(), for: [x])[0]
    #expect(slope.doubles().allSatisfy { $0 > 0 })
  }

  /// f(g(x)) = g(f(x)) for shifts, exactly with circular padding; not for rotation or scale.
  @Test func convolutionsAreEquivariantToShiftsOnly() {
    var random = PhiloxGenerator(seed: 3)
    let layer = Conv2d(
      inputs: 2, outputs: 3, kernel: 3, padding: .circular(1), using: &random)
    layer.cast(to: .float64)
    let x = Tensor.sample([1, 2, 8, 8], 1, dtype: .float64)
    func shifted(_ x: Tensor) -> Tensor {
      let down = concatenate([x.slice(axis: 2, 5..<8), x.slice(axis: 2, 0..<5)], axis: 2)
      return concatenate([down.slice(axis: 3, 7..<8), down.slice(axis: 3, 0..<7)], axis: 3)
    }
    #expect(layer(shifted(x)).doubles() == shifted(layer(x)).doubles())
    func rotated(_ x: Tensor) -> Tensor { x.transposed().flipped(axis: 3) }
    #expect(abs(layer(rotated(x)) - rotated(layer(x))).max().item() > 0.1)
    func enlarged(_ x: Tensor) -> Tensor { resized(x, scale: [2, 2]) }
    #expect(abs(layer(enlarged(x)) - enlarged(layer(x))).max().item() > 0.1)
  }

  /// The Toeplitz matrix of a kernel: a fully connected layer whose rows are one row, shifted.
  @Test func aConvolutionIsARestrictedFullyConnectedLayer() {
    let (h, w) = (4, 5)
    let x = Tensor.sample([1, 1, h, w], 1, dtype: .float64)
    let kernel = Tensor.sample([1, 1, 2, 3], 2, dtype: .float64)
    let taps = kernel.doubles()
    var matrix = Array(repeating: 0.0, count: 9 * h * w)
    for result in 0..<9 {
      for tap in 0..<6 {
        let (row, column) = (result / 3 + tap / 3, result % 3 + tap % 3)
        matrix[result * h * w + row * w + column] = taps[tap]
      }
    }
    let toeplitz = Tensor(matrix, shape: [9, h * w])
    expectClose(
      matmul(toeplitz, x.flattened()), convolution(x, kernel).flattened(), within: 1e-14)
    // Transposed, it is the transposed convolution.
    let y = Tensor.sample([1, 1, 3, 3], 3, dtype: .float64)
    expectClose(
      matmul(toeplitz.transposed(), y.flattened()), transposedConvolution(y, kernel).flattened(),
      within: 1e-14)
  }

  /// "Dive into Deep Learning" §14.10.
  @Test func transposedConvolutionsOfTheBook() {
    let x = counted([1, 1, 2, 2])
    #expect(transposedConvolution(x, x).doubles() == [0, 0, 1, 0, 4, 6, 4, 12, 9])
    #expect(transposedConvolution(x, x, nil, .init(padding: [1, 1])).doubles() == [4])
    #expect(
      transposedConvolution(x, x, nil, .init(stride: [2, 2])).doubles()
        == [0, 0, 0, 1, 0, 0, 2, 3, 0, 2, 0, 3, 4, 6, 6, 9])
    // Back to the size of the input, not to its values.
    var random = PhiloxGenerator(seed: 1)
    let image = Tensor.sample([1, 10, 16, 16], 1)
    let down = Conv2d(inputs: 10, outputs: 20, kernel: 5, stride: 3, padding: 2, using: &random)
    let up = ConvTranspose2d(
      inputs: 20, outputs: 10, kernel: 5, stride: 3, padding: 2, using: &random)
    let restored = up(down(image))
    #expect(restored.shape == image.shape)
    #expect(abs(restored - image).max().item() > 0.5)
  }

  /// Two groups are two convolutions side by side, as on the two graphics cards of AlexNet.
  @Test func groupsAreSeparateConvolutions() {
    let x = Tensor.sample([2, 4, 6, 5], 1)
    let (weight, bias) = (Tensor.sample([6, 2, 3, 3], 2), Tensor.sample([6], 3))
    let geometry = ConvolutionGeometry(padding: [1, 1])
    let halves = (0..<2).map { half in
      convolution(
        x.split(2, axis: 1)[half], weight.split(2, axis: 0)[half], bias.split(2, axis: 0)[half],
        geometry)
    }
    let grouped = convolution(x, weight, bias, .init(padding: [1, 1], groups: 2))
    expectClose(grouped, concatenate(halves, axis: 1), within: 1e-6)
  }

  /// "Dive into Deep Learning" §14.11: the kernel (3, 3, 4) doubles an image, inside the border as
  /// bilinear resizing does.
  @Test func bilinearKernelsEnlarge() {
    var random = PhiloxGenerator(seed: 1)
    let layer = ConvTranspose2d(
      inputs: 3, outputs: 3, kernel: 4, stride: 2, padding: 1, bias: false, using: &random)
    layer.weight = bilinearKernel(inputs: 3, outputs: 3, kernel: 4)
    #expect(layer.weight[1][1][0].doubles() == [0.0625, 0.1875, 0.1875, 0.0625])
    #expect(layer.weight[1][0].sum().item() == 0)
    let x = Tensor.sample([1, 3, 6, 7], 1)
    let (y, expected) = (layer(x), resized(x, scale: [2, 2], by: .linear))
    #expect(y.shape == [1, 3, 12, 14])
    func inside(_ x: Tensor) -> Tensor { x.slice(axis: 2, 1..<11).slice(axis: 3, 1..<13) }
    expectClose(inside(y), inside(expected), within: 1e-6)
    // Three times as large, with a kernel of odd size.
    let triple = transposedConvolution(
      x, bilinearKernel(inputs: 3, outputs: 3, kernel: 5), nil,
      .init(stride: [3, 3], padding: [1, 1]))
    let wanted = resized(x, scale: [3, 3], by: .linear)
    func middle(_ x: Tensor) -> Tensor { x.slice(axis: 2, 2..<16).slice(axis: 3, 2..<19) }
    expectClose(middle(triple), middle(wanted), within: 1e-6)
  }
}
