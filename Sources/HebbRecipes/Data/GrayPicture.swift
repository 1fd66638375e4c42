import HebbCore
import HebbIO

/// A picture from outside as input of a model for small gray pictures.
enum GrayPicture {
  /// Reads a PNG file as gray picture of `size` times `size` pixels in 0...1: scaled to fit, the rest
  /// black, as in Fashion-MNIST, whose things are bright on black.
  ///
  /// - Returns: `float32[1, 1, size, size]`.
  static func read(_ path: String, size: Int) throws(DataError) -> Tensor {
    let picture = try PNG.read(path, as: .gray, pixelLimit: 1 << 24)
    let (height, width) = (picture.shape[0], picture.shape[1])
    let pixels = picture.scalars(as: UInt8.self).map { Float($0) / 255 }
    let fitted = fit(pixels, width: width, height: height, size: size)
    return Tensor(fitted, shape: [1, 1, size, size])
  }

  /// Scales by averaging the area that each new pixel covers.
  static func fit(_ pixels: [Float], width: Int, height: Int, size: Int) -> [Float] {
    let scale = Double(max(width, height)) / Double(size)
    // The margins that center the picture in the square.
    let (left, top) = (
      (Double(size) * scale - Double(width)) / 2, (Double(size) * scale - Double(height)) / 2
    )
    let columns = (0..<size).map { covered($0, scale, left, width) }
    let rows = (0..<size).map { covered($0, scale, top, height) }
    var result = [Float](repeating: 0, count: size * size)
    for (i, row) in rows.enumerated() {
      for (j, column) in columns.enumerated() {
        var sum = 0.0
        for (y, rowShare) in row {
          for (x, columnShare) in column {
            sum += rowShare * columnShare * Double(pixels[y * width + x])
          }
        }
        result[i * size + j] = Float(sum)
      }
    }
    return result
  }

  /// The old pixels below a new one along an axis, with the share of it that each covers.
  private static func covered(
    _ index: Int, _ scale: Double, _ margin: Double, _ count: Int
  ) -> [(Int, Double)] {
    let begin = max(Double(index) * scale - margin, 0)
    let end = min(Double(index + 1) * scale - margin, Double(count))
    guard end > begin else { return [] }
    return (Int(begin)..<min(Int(end.rounded(.up)), count)).compactMap { old in
      let part = min(end, Double(old + 1)) - max(begin, Double(old))
      return part > 0 ? (old, part / scale) : nil
    }
  }
}
