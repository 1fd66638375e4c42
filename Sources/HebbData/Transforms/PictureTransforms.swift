import HebbCore

/// What is done to pictures before a model sees them.
public enum PictureTransforms {
  /// Moves each picture at random by up to `padding` pixels along both axes, black coming in, and mirrors
  /// every second one: torchvision's `RandomCrop(size, padding)` and `RandomHorizontalFlip`.
  ///
  /// - Parameters:
  ///   - pictures: `float32[batch, channels, height, width]`.
  ///   - padding: The largest shift, 0 or more.
  ///   - generators: One for each picture; three numbers are taken.
  /// - Returns: Pictures of the same shape.
  /// - SeeAlso: He et al. 2016, §4.2.
  public static func shiftedAndFlipped(
    _ pictures: Tensor, padding: Int, using generators: inout [PhiloxGenerator]
  ) -> Tensor {
    precondition(
      pictures.rank == 4 && pictures.dtype == .float32 && pictures.shape[0] == generators.count
        && padding >= 0,
      "shiftedAndFlipped: expects float32 [\(generators.count), channels, height, width], not "
        + "\(pictures.type)")
    let (channels, height, width) = (pictures.shape[1], pictures.shape[2], pictures.shape[3])
    let moves = generators.indices.map { picture in
      let reach = 2 * padding + 1
      return (
        down: generators[picture].nextInteger(below: reach) - padding,
        right: generators[picture].nextInteger(below: reach) - padding,
        isMirrored: generators[picture].nextInteger(below: 2) == 1
      )
    }
    return pictures.withBytes { bytes in
      let source = bytes.bindMemory(to: Float.self)
      return Tensor(type: pictures.type) { target in
        let values = target.bindMemory(to: Float.self)
        for (picture, move) in moves.enumerated() {
          for row in 0..<channels * height {
            let y = row % height + move.down
            let start = (picture * channels * height + row) * width
            let from = start + move.down * width + move.right
            for column in 0..<width {
              let x = column + move.right
              let isInside = (0..<height).contains(y) && (0..<width).contains(x)
              let place = move.isMirrored ? width - 1 - column : column
              values[start + place] = isInside ? source[from + column] : 0
            }
          }
        }
      }
    }
  }

  /// (x − mean) / deviation for each channel.
  ///
  /// - Parameters:
  ///   - pictures: `float32[batch, channels, height, width]`.
  ///   - means: One number for each channel.
  ///   - deviations: One number for each channel.
  /// - Returns: Pictures of the same shape.
  public static func normalized(
    _ pictures: Tensor, means: [Double], deviations: [Double]
  ) -> Tensor {
    precondition(
      pictures.rank == 4 && pictures.shape[1] == means.count && means.count == deviations.count,
      "normalized: \(means.count) means and \(deviations.count) deviations for \(pictures.shape)")
    let channels = Shape([1, means.count, 1, 1])
    let mean = Tensor(means, shape: channels).cast(to: pictures.dtype)
    let deviation = Tensor(deviations, shape: channels).cast(to: pictures.dtype)
    return ((pictures - mean) / deviation).evaluated()
  }
}
