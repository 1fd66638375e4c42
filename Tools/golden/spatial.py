"""spatial.safetensors and spatial_convolutions.safetensors: pools, resizing, sampling; convolutions,
over one, two and three axes.

Shapes are small and not square. Inputs of maxima have no ties.
"""
import numpy as np

from golden_file import GoldenFile


def make():
    products = GoldenFile("spatial_convolutions", __file__)
    convolutions(products)
    transposed(products)
    golden = GoldenFile("spatial", __file__)
    pools(golden)
    adaptive(golden)
    rearrangements(golden)
    resizing(golden)
    sampling(golden)
    return [products, golden]


def convolutions(golden):
    for case, axes, options, x, w in (
            ("conv1d", 1, "stride=2, padding=1", (2, 3, 9), (4, 3, 3)),
            ("conv1d_groups", 1, "padding=2, dilation=2, groups=2", (2, 4, 7), (6, 2, 3)),
            ("conv2d_depthwise", 2, "padding=1, groups=3", (2, 3, 5, 4), (6, 1, 3, 3)),
            ("conv3d", 3, "stride=(1, 2, 1), padding=(1, 0, 1)", (2, 2, 3, 5, 4), (3, 2, 2, 3, 3)),
            ("conv3d_groups", 3, "padding=1, dilation=(1, 2, 1), groups=2",
             (1, 4, 3, 4, 5), (2, 2, 3, 2, 2)),
            ("conv2d_same", 2, "padding='same', dilation=(2, 1)", (2, 2, 5, 6), (3, 2, 2, 4))):
        golden.record(case, f"F.conv{axes}d(input, weight, bias, {options})",
                      input=x, weight=w, bias=w[:1])
    for mode in ("reflect", "replicate", "circular"):
        golden.record(f"conv2d_{mode}",
                      f"F.conv2d(F.pad(input, (1, 1, 2, 2), mode='{mode}'), weight, bias)",
                      input=(2, 2, 4, 5), weight=(3, 2, 3, 3), bias=(3,))
        golden.record(f"pad1d_{mode}", f"F.pad(input, (2, 1), mode='{mode}')", input=(2, 2, 4))
        golden.record(f"pad3d_{mode}", f"F.pad(input, (2, 1, 0, 1, 1, 1), mode='{mode}')",
                      input=(1, 2, 2, 3, 4))
    golden.record("pad2d_zeros", "F.pad(input, (2, 1, 0, 3))", input=(1, 2, 2, 3))
    golden.record("separable_conv2d", "F.conv2d(F.conv2d(input, depthwise, groups=2, padding=1), "
                  "pointwise, bias)", input=(2, 2, 4, 5), depthwise=(4, 1, 3, 3),
                  pointwise=(3, 4, 1, 1), bias=(3,))


def transposed(golden):
    for case, axes, options, x, w, outputs in (
            ("conv_transpose1d", 1, "stride=2, padding=1, output_padding=1", (2, 3, 5), (3, 4, 3), 4),
            ("conv_transpose1d_dilation", 1, "padding=1, output_padding=2, dilation=3",
             (2, 2, 4), (2, 3, 3), 3),
            ("conv_transpose2d", 2, "stride=(2, 3), padding=(1, 0), output_padding=(1, 2)",
             (2, 3, 4, 3), (3, 2, 3, 2), 2),
            ("conv_transpose2d_groups", 2, "stride=2, padding=1, groups=2, dilation=(1, 2)",
             (2, 4, 3, 4), (4, 3, 3, 3), 6),
            ("conv_transpose2d_plain", 2, "padding=1", (2, 3, 5, 4), (3, 2, 3, 3), 2),
            ("conv_transpose3d", 3, "stride=(2, 1, 2), padding=(0, 1, 1), output_padding=(1, 0, 0)",
             (2, 2, 2, 3, 3), (2, 3, 2, 3, 3), 3)):
        golden.record(case, f"F.conv_transpose{axes}d(input, weight, bias, {options})",
                      input=x, weight=w, bias=(outputs,))


def pools(golden):
    for case, expression, x in (
            ("max_pool1d", "F.max_pool1d(input, 3, stride=2, padding=1, dilation=2)", (2, 3, 9)),
            ("max_pool2d_dilation", "F.max_pool2d(input, (3, 2), stride=(1, 2), padding=(1, 0), "
             "dilation=(2, 1))", (2, 2, 6, 7)),
            ("max_pool2d_ceil", "F.max_pool2d(input, 3, stride=2, padding=1, ceil_mode=True)",
             (2, 2, 6, 7)),
            ("max_pool3d", "F.max_pool3d(input, (2, 3, 2), stride=(1, 2, 2), padding=(1, 1, 0), "
             "ceil_mode=True)", (1, 2, 3, 5, 5)),
            ("avg_pool1d", "F.avg_pool1d(input, 3, stride=2, padding=1)", (2, 3, 8)),
            ("avg_pool2d_ceil", "F.avg_pool2d(input, 3, stride=2, padding=1, ceil_mode=True)",
             (2, 2, 6, 8)),
            ("avg_pool2d_inside", "F.avg_pool2d(input, (3, 2), stride=2, padding=1, "
             "ceil_mode=True, count_include_pad=False)", (2, 2, 6, 7)),
            ("avg_pool2d_divisor", "F.avg_pool2d(input, 3, stride=2, padding=1, "
             "divisor_override=5)", (2, 2, 6, 7)),
            ("avg_pool3d", "F.avg_pool3d(input, (2, 3, 2), stride=2, padding=(1, 1, 0), "
             "ceil_mode=True)", (1, 2, 4, 6, 5)),
            ("avg_pool3d_divisor", "F.avg_pool3d(input, 2, padding=1, count_include_pad=False, "
             "divisor_override=3)", (1, 2, 4, 3, 5)),
            ("lp_pool1d", "F.lp_pool1d(input, 2, 3, stride=2)", (2, 2, 8)),
            ("lp_pool2d_ceil", "F.lp_pool2d(input, 2, 3, stride=2, ceil_mode=True)",
             (2, 2, 6, 8)),
            ("global_avg", "F.adaptive_avg_pool2d(input, 1)", (2, 3, 4, 5)),
            ("global_max", "F.adaptive_max_pool2d(input, 1)", (2, 3, 4, 5))):
        golden.record(case, expression, input=x)
    positive = 0.5 + np.abs(golden.normal("lp_pool2d_cubes/input", (2, 2, 5, 6)))
    golden.record("lp_pool2d_cubes", "F.lp_pool2d(input, 3, (2, 3))", input=positive)
    for axes, x, options in ((1, (2, 3, 9), "2"), (2, (2, 2, 6, 7), "(2, 3), (2, 3)"),
                             (3, (1, 2, 4, 4, 6), "2, (2, 2, 3)")):
        golden.record(f"max_unpool{axes}d",
                      f"F.max_unpool{axes}d(*F.max_pool{axes}d(input, {options}, "
                      f"return_indices=True), {options}, output_size=input.shape)", input=x)


def adaptive(golden):
    for kind in ("avg", "max"):
        for axes, x, size in ((1, (2, 3, 7), "3"), (2, (2, 2, 7, 5), "(3, 4)"),
                              (3, (1, 2, 5, 4, 7), "(2, 4, 3)")):
            golden.record(f"adaptive_{kind}_pool{axes}d",
                          f"F.adaptive_{kind}_pool{axes}d(input, {size})", input=x)
    golden.record("adaptive_avg_pool2d_larger", "F.adaptive_avg_pool2d(input, (5, 2))",
                  input=(2, 2, 3, 4))
    golden.record("adaptive_max_pool2d_larger", "F.adaptive_max_pool2d(input, (5, 2))",
                  input=(2, 2, 3, 4))
    golden.record("fractional_max_pool2d", "F.fractional_max_pool2d(input, (2, 3), "
                  "output_size=(4, 3), _random_samples=torch.tensor([0.3, 0.8], "
                  "dtype=input.dtype).expand(2, 2, 2))", input=(2, 2, 9, 8))


def rearrangements(golden):
    golden.record("unfold", "F.unfold(input, (2, 3), dilation=(2, 1), padding=(1, 0), stride=(1, 2))",
                  input=(2, 3, 5, 6))
    golden.record("fold", "F.fold(input, (5, 6), (2, 3), padding=(1, 0), stride=(2, 1))",
                  input=(2, 12, 12))
    golden.record("pixel_shuffle", "F.pixel_shuffle(input, 2)", input=(2, 8, 2, 3))
    golden.record("pixel_unshuffle", "F.pixel_unshuffle(input, 2)", input=(2, 2, 4, 6))
    golden.record("channel_shuffle",
                  "input.view(2, 3, 2, 6).transpose(1, 2).reshape(2, 6, 2, 3)",
                  input=(2, 6, 2, 3))
    for size in (5, 4):
        golden.record(f"local_response_norm{size}",
                      f"F.local_response_norm(input, {size}, alpha=0.3, beta=0.6, k=1.5)",
                      input=(2, 7, 3, 2))


def resizing(golden):
    for case, options, x in (
            ("nearest_1d", "size=7", (2, 2, 4)),
            ("nearest_2d", "size=(7, 3)", (2, 2, 4, 5)),
            ("nearest_scale", "scale_factor=(1.6, 0.7)", (2, 2, 4, 5)),
            ("nearest_exact", "size=(7, 3), mode='nearest-exact'", (2, 2, 4, 5)),
            ("linear", "size=7, mode='linear'", (2, 2, 4)),
            ("bilinear", "size=(7, 3), mode='bilinear'", (2, 2, 4, 5)),
            ("bilinear_corners", "size=(7, 3), mode='bilinear', align_corners=True", (2, 2, 4, 5)),
            ("bilinear_scale", "scale_factor=(1.6, 0.7), mode='bilinear'", (2, 2, 4, 5)),
            ("bilinear_antialias", "size=(3, 8), mode='bilinear', antialias=True", (2, 2, 7, 5)),
            ("bicubic", "size=(7, 3), mode='bicubic'", (2, 2, 4, 5)),
            ("bicubic_corners", "size=(7, 3), mode='bicubic', align_corners=True", (2, 2, 4, 5)),
            ("bicubic_antialias", "size=(3, 8), mode='bicubic', antialias=True", (2, 2, 7, 5)),
            ("area", "size=(3, 4), mode='area'", (2, 2, 7, 5)),
            ("trilinear", "size=(3, 5, 2), mode='trilinear'", (1, 2, 2, 3, 4)),
            ("trilinear_corners", "size=(3, 5, 2), mode='trilinear', align_corners=True",
             (1, 2, 2, 3, 4))):
        golden.record(f"resize_{case}", f"F.interpolate(input, {options})", input=x)


def sampling(golden):
    for axes, x, size in ((2, (2, 2, 4, 5), (3, 6, 2)), (3, (2, 2, 3, 4, 2), (2, 3, 2, 3))):
        for mode in ("bilinear", "nearest"):
            for padding in ("zeros", "border", "reflection"):
                for corners in (False, True):
                    if axes == 3 and (mode == "nearest" or padding == "border"):
                        continue
                    name = f"grid_sample{axes}d_{mode}_{padding}{'_corners' if corners else ''}"
                    golden.record(
                        name, f"F.grid_sample(input, grid, mode='{mode}', "
                        f"padding_mode='{padding}', align_corners={corners})",
                        input=x, grid=golden.normal(f"{name}/grid", x[:1] + size, 0.9))
    for corners in (False, True):
        for axes, size in ((2, (2, 1, 3, 4)), (3, (2, 1, 2, 3, 4))):
            golden.record(f"affine_grid{axes}d{'_corners' if corners else ''}",
                          f"F.affine_grid(input, {size}, align_corners={corners})",
                          input=(2, axes, axes + 1))
    golden.record("spatial_transformer",
                  "F.grid_sample(input, F.affine_grid(F.linear(input.flatten(1), weight, bias)"
                  ".view(2, 2, 3), input.shape, align_corners=False), align_corners=False)",
                  input=(2, 1, 4, 5),
                  weight=golden.normal("spatial_transformer/weight", (6, 20), 0.1),
                  bias=np.array([1, 0.2, 0, -0.1, 0.9, 0.1], np.float32))
