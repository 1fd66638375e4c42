import HebbCore
import HebbNN
import HebbTestSupport
import Testing

@Suite struct ReceptiveFieldTests {
  /// A network of one channel and positive weights, its field, and the size of its input.
  struct Case: CustomStringConvertible {
    let description: String
    let size: Int
    let field: ReceptiveField
    let network: (Tensor) -> Tensor
  }

  private static func conv(
    _ kernel: Int, _ stride: Int = 1, _ padding: Int = 0, dilation: Int = 1
  ) -> Conv2d {
    var random = PhiloxGenerator(seed: 1)
    let layer = Conv2d(
      inputs: 1, outputs: 1, kernel: [kernel, kernel],
      geometry: .init(
        stride: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation]),
      bias: false, using: &random)
    layer.weight = .full([1, 1, kernel, kernel], 1 / Double(kernel * kernel))
    return layer
  }

  private static func chain(_ name: String, _ size: Int, _ layers: [any Layer]) -> Case {
    Case(description: name, size: size, field: receptiveField(of: layers)) { x in
      layers.reduce(x) { $1($0) }
    }
  }

  /// Average pools stand for maximum pools, whose gradient has one element for each window. Sizes
  /// divide, so that no layer leaves out a rest at the end (225, not 224, in AlexNet).
  private static func cases() -> [Case] {
    func pool(_ kernel: Int, _ stride: Int, _ padding: Int = 0) -> AvgPool2d {
      AvgPool2d(kernel: kernel, stride: stride, padding: padding)
    }
    let leNet: [any Layer] = [conv(5, 1, 2), ReLU(), pool(2, 2), conv(5), ReLU(), pool(2, 2)]
    let alexNet: [any Layer] = [
      conv(11, 4, 1), pool(3, 2), conv(5, 1, 2), pool(3, 2), conv(3, 1, 1), conv(3, 1, 1),
      conv(3, 1, 1), pool(3, 2),
    ]
    let vgg: [any Layer] = (0..<3).flatMap { _ -> [any Layer] in
      [conv(3, 1, 1), ReLU(), conv(3, 1, 1), pool(2, 2)]
    }
    return [
      chain("LeNet", 28, leNet), chain("AlexNet", 225, alexNet), chain("VGG", 64, vgg),
      chain("dilated", 48, [conv(3), conv(3, dilation: 2), conv(3, dilation: 4)]),
      resNet(),
    ]
  }

  /// Stem, a block, and a block that halves, with its 1 × 1 shortcut.
  private static func resNet() -> Case {
    let stem: [any Layer] = [conv(7, 2, 3), AvgPool2d(kernel: 3, stride: 2, padding: 1)]
    let first: [any Layer] = [conv(3, 1, 1), conv(3, 1, 1)]
    let second: [any Layer] = [conv(3, 2, 1), conv(3, 1, 1)]
    let shortcut: [any Layer] = [conv(1, 2)]
    func run(_ layers: [any Layer], _ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } }
    let entry = receptiveField(of: stem)
    let middle = receptiveField(of: first, after: entry).joined(with: entry)
    let field = receptiveField(of: second, after: middle)
      .joined(with: receptiveField(of: shortcut, after: middle))
    return Case(description: "ResNet", size: 128, field: field) { x in
      let a = run(stem, x)
      let b = run(first, a) + a
      return run(second, b) + run(shortcut, b)
    }
  }

  /// The gradient of one result is different from zero exactly in its field, as far as that lies in
  /// the image.
  @Test func equalsTheSupportOfTheGradient() {
    for row in Self.cases() {
      let x = Tensor.ones([1, 1, row.size, row.size]).source()
      let y = row.network(x)
      let (height, width) = (y.shape[2], y.shape[3])
      for (i, j) in [(height / 2, width / 2), (0, width - 1)] {
        let result = y.slice(axis: 2, i..<i + 1).slice(axis: 3, j..<j + 1).sum()
        let slope = gradients(of: result, for: [x])[0]
        let rows = slope.sum(axes: [0, 1, 3]).doubles().map { $0 > 0 }
        let columns = slope.sum(axes: [0, 1, 2]).doubles().map { $0 > 0 }
        let field = row.field
        #expect(rows == (0..<row.size).map(field.range(of: i, axis: 0).contains), "\(row)")
        #expect(columns == (0..<row.size).map(field.range(of: j, axis: 1).contains), "\(row)")
      }
    }
  }

  /// Two 3 × 3 windows see what one of 5 × 5 sees, three 7 × 7.
  @Test func smallWindowsStack() {
    let three = Self.conv(3)
    #expect(receptiveField(of: [three, three]) == receptiveField(of: [Self.conv(5)]))
    #expect(receptiveField(of: [Sequential([three, three, three])]).size == [7, 7])
    let pooled = receptiveField(of: [three, MaxPool2d(kernel: 2), three])
    #expect(pooled.size == [8, 8] && pooled.step == [2, 2])
    var random = PhiloxGenerator(seed: 1)
    let same = Conv1d(inputs: 1, outputs: 1, kernel: 5, padding: .same, using: &random)
    #expect(receptiveField(of: [same, same], axes: 1).range(of: 3, axis: 0) == -1..<8)
  }

  @Test func whatSeesEverythingIsRefused() async {
    await #expect(processExitsWith: .failure) { _ = receptiveField(of: [Flatten()]) }
  }
}
