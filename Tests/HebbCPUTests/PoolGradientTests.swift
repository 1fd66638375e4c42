import CHebbKernels
import Testing

/// Gradients of averages over 2 x 2: each element goes to four places, exactly a quarter of it.
@Suite struct PoolGradientTests {
  /// Rows of one to 33 windows: those of up to 16 are spread as whole vectors, a few rows at a time.
  @Test(arguments: 1...33) func quartersGoToTheirWindow(_ width: Int) {
    for (planes, height) in [(1, 1), (3, 5), (40, 7)] {
      let dy = (0..<(planes * height * width)).map { Float($0 + 1) }
      var dx = [Float](repeating: .nan, count: 4 * dy.count + 16)
      var window = hebb_window()
      (window.batch, window.channels) = (1, Int64(planes))
      (window.height, window.width) = (Int64(2 * height), Int64(2 * width))
      (window.out_height, window.out_width) = (Int64(height), Int64(width))
      (window.kernel_height, window.kernel_width) = (2, 2)
      (window.stride_height, window.stride_width) = (2, 2)
      (window.dilation_height, window.dilation_width) = (1, 1)
      hebb_average_pool_gradient(&window, dy, &dx, false, 2)
      let isRight = (0..<(4 * dy.count)).allSatisfy { i in
        dx[i] == dy[i / (4 * width) * width + i % (2 * width) / 2] / 4
      }
      #expect(isRight, "\(planes) planes of \(height) x \(width)")
      #expect(dx[(4 * dy.count)...].allSatisfy { $0.isNaN })
    }
  }
}
