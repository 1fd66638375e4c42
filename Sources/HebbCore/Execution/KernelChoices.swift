import CHebbKernels

/// What plans may compute with. A change drops the plans that were made before.
extension Hebb {
  /// Whether products, convolutions and attention may use the processor's matrix tiles; false unless
  /// set, until a processor that has them has run the tests.
  public static var allowsTiles: Bool {
    get { hebb_tiles_allowed() }
    set {
      hebb_set_tiles_allowed(newValue)
      PlanCache.forget()
    }
  }

  /// Whether the processor's matrix tiles can be used and are allowed.
  public static var usesTiles: Bool { hebb_tiles_available() }

  /// Whether convolutions with windows of 3 x 3 that move by 1 may use Winograd's minimal filtering
  /// F(2 x 2, 3 x 3), which takes 16 multiplications where sums of products take 36; true unless set.
  ///
  /// Its rounding errors are those of sums of products for numbers of like size. They are relative to the
  /// largest numbers of a tile of 4 x 4 places, so that small results beside large numbers lose more; an
  /// infinity may give NaN where a sum of products gives infinity. `docs/precision.md` has measurements.
  ///
  /// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016.
  public static var allowsWinograd: Bool {
    get { hebb_winograd_allowed() }
    set {
      hebb_set_winograd_allowed(newValue)
      PlanCache.forget()
    }
  }
}
