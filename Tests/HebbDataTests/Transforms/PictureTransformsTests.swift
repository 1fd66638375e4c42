import HebbCore
import HebbData
import HebbTestSupport
import Testing

@Suite struct PictureTransformsTests {
  /// Two channels of 3 times 4 pixels, all different and none 0.
  private func pictures(_ count: Int) -> Tensor {
    let numbers = (0..<count * 24).map { Float($0 + 1) }
    return Tensor(numbers, shape: [count, 2, 3, 4])
  }

  /// Every result is one of the 2 · 3 · 3 that padding by 1, cropping and mirroring can give, and all of
  /// them come up.
  @Test func cropsAndMirrors() {
    let x = pictures(1)
    let padded = x.padded(before: [0, 0, 1, 1], after: [0, 0, 1, 1])
    var possible: [[Float]: Int] = [:]
    for down in 0..<3 {
      for right in 0..<3 {
        let crop = padded[.all, .all, down..<down + 3, right..<right + 4]
        possible[crop.floats()] = 0
        possible[crop.flipped(axis: 3).floats()] = 0
      }
    }
    #expect(possible.count == 18)
    for seed in 0..<360 {
      var random = [PhiloxGenerator(seed: UInt64(seed))]
      let y = PictureTransforms.shiftedAndFlipped(x, padding: 1, using: &random)
      #expect(possible[y.floats()] != nil)
      possible[y.floats(), default: 0] += 1
    }
    // 20 each are expected, with a deviation of 4.3.
    #expect(possible.values.allSatisfy { (5..<40).contains($0) }, "\(possible.values.sorted())")
  }

  /// What becomes of a picture depends on its own generator alone.
  @Test func eachPictureHasItsOwnNumbers() {
    let x = pictures(3)
    var random = (0..<3).map { PhiloxGenerator(seed: UInt64(10 + $0)) }
    let together = PictureTransforms.shiftedAndFlipped(x, padding: 2, using: &random)
    for place in 0..<3 {
      var one = [PhiloxGenerator(seed: UInt64(10 + place))]
      let alone = PictureTransforms.shiftedAndFlipped(
        x[place..<place + 1], padding: 2, using: &one)
      #expect(alone.floats() == together[place..<place + 1].floats())
    }
    var nothing = random
    let mirrored = PictureTransforms.shiftedAndFlipped(x, padding: 0, using: &nothing)
    for place in 0..<3 {
      let (before, after) = (x[place].floats(), mirrored[place].floats())
      #expect(after == before || after == x[place].flipped(axis: 2).floats())
    }
  }

  @Test func normalizesEachChannel() {
    let y = PictureTransforms.normalized(pictures(2), means: [1, 20], deviations: [2, 0.5])
    #expect(y[0, 0, 0].floats() == [0, 0.5, 1, 1.5])
    #expect(y[1, 1, 2].floats() == [50, 52, 54, 56])
  }
}
