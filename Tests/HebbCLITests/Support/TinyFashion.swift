import HebbCore
import HebbIO
import HebbTestSupport

/// A folder like that of Fashion-MNIST with a few made-up images, whose class is the place of a
/// bright stripe.
enum TinyFashion {
  static func write(to folder: TemporaryFolder, training: Int = 160, test: Int = 40) throws {
    for (part, count) in [("train", training), ("t10k", test)] {
      let labels = (0..<count).map { UInt8($0 * 7 % 10) }
      var pixels: [UInt8] = []
      for label in labels {
        for row in 0..<28 {
          let isBright = row >= 2 * Int(label) + 3 && row < 2 * Int(label) + 6
          for column in 0..<28 { pixels.append(isBright ? 200 : UInt8(column * 3)) }
        }
      }
      let images = Tensor(pixels, shape: [count, 28, 28])
      folder.write(try IDX.encode(images), "\(part)-images-idx3-ubyte")
      folder.write(try IDX.encode(Tensor(labels)), "\(part)-labels-idx1-ubyte")
    }
  }
}
