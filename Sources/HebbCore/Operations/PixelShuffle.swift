/// Channels spread over space, as PyTorch's `pixel_shuffle` (Shi et al. 2016):
/// `[batch, channels · r², height, width]` → `[batch, channels, height · r, width · r]`.
public func pixelShuffle(_ x: Tensor, factor: Int) -> Tensor {
  guard x.rank == 4, factor > 0, x.shape[1].isMultiple(of: factor * factor) else {
    trap(
      TensorError(
        "pixelShuffle: the channels (axis 1) of \(x.shape), [batch, channels, height, width], are not "
          + "a multiple of \(factor)²"))
  }
  let (n, c, h, w) = (x.shape[0], x.shape[1] / (factor * factor), x.shape[2], x.shape[3])
  return x.reshaped(to: [n, c, factor, factor, h, w]).permuted([0, 1, 4, 2, 5, 3])
    .reshaped(to: [n, c, h * factor, w * factor])
}

/// Space gathered in channels, the reverse of `pixelShuffle`:
/// `[batch, channels, height · r, width · r]` → `[batch, channels · r², height, width]`.
public func pixelUnshuffle(_ x: Tensor, factor: Int) -> Tensor {
  guard x.rank == 4, factor > 0, x.shape[2].isMultiple(of: factor),
    x.shape[3].isMultiple(of: factor)
  else {
    trap(
      TensorError(
        "pixelUnshuffle: height and width (axes 2, 3) of \(x.shape), [batch, channels, height, width], "
          + "are not multiples of \(factor)"))
  }
  let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2] / factor, x.shape[3] / factor)
  return x.reshaped(to: [n, c, h, factor, w, factor]).permuted([0, 1, 3, 5, 2, 4])
    .reshaped(to: [n, c * factor * factor, h, w])
}

/// The channels of groups dealt out in turns, as PyTorch's `channel_shuffle` (ShuffleNet, Zhang et al.
/// 2018): channel i · groups + g of the result is channel i of group g.
public func channelShuffle(_ x: Tensor, groups: Int) -> Tensor {
  guard x.rank >= 2, groups > 0, x.shape[1].isMultiple(of: groups) else {
    trap(
      TensorError(
        "channelShuffle: the channels (axis 1) of \(x.shape) are not a multiple of \(groups) groups"
      ))
  }
  let (n, c) = (x.shape[0], x.shape[1])
  return x.reshaped(to: [n, groups, c / groups, -1]).permuted([0, 2, 1, 3]).reshaped(to: x.shape)
}
