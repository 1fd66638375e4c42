"""layers.safetensors: one call of each layer, its output and every gradient.

Shapes are small, not square, and have a batch of 2 to 4, so that a swapped axis shows.
"""
import numpy as np

from golden_file import GoldenFile

ACTIVATIONS = {
    "sigmoid": "torch.sigmoid(input)",
    "tanh": "torch.tanh(input)",
    "relu": "F.relu(input)",
    "gelu": "F.gelu(input)",
    "gelu_tanh": "F.gelu(input, approximate='tanh')",
    "silu": "F.silu(input)",
    "softmax": "F.softmax(input, dim=-1)",
    "log_softmax": "F.log_softmax(input, dim=-1)",
    "softplus": "F.softplus(input)",
    "elu": "F.elu(input)",
    "leaky_relu": "F.leaky_relu(input, negative_slope=0.01)",
}


def make():
    golden = GoldenFile("layers", __file__)
    products(golden)
    pooling(golden)
    normalization(golden)
    for case, expression in ACTIVATIONS.items():
        golden.record(case, expression, input=golden.normal(f"{case}/input", (3, 7), 2.0))
    for case in ("softmax", "log_softmax"):
        golden.record(f"{case}_axis1", f"F.{case}(input, dim=1)", input=(2, 4, 3))
    cells(golden)
    attention(golden)
    return [golden]


def products(golden):
    golden.record("linear", "F.linear(input, weight, bias)",
                  input=(3, 5), weight=(4, 5), bias=(4,))
    golden.record("linear_no_bias", "F.linear(input, weight)", input=(2, 3, 5), weight=(4, 5))
    golden.record("embedding", "F.embedding(indices, weight)",
                  indices=np.array([[0, 3, 3], [6, 0, 3]], np.int64), weight=(7, 4))
    for case, options, shapes in (
            ("conv2d_k5_p2", "padding=2", ((3, 2, 7, 8), (4, 2, 5, 5))),
            ("conv2d_k3_s2_p1", "stride=2, padding=1", ((3, 3, 7, 8), (4, 3, 3, 3))),
            ("conv2d_groups2", "padding=1, groups=2", ((3, 4, 6, 5), (6, 2, 3, 3))),
            ("conv2d_dilation2", "padding=2, dilation=2", ((3, 2, 7, 8), (3, 2, 3, 3))),
            ("conv2d_k1", "stride=2", ((3, 4, 5, 6), (5, 4, 1, 1))),
            ("conv2d_rectangular", "stride=(2, 1), padding=(1, 0)", ((3, 2, 7, 6), (4, 2, 3, 2)))):
        golden.record(case, f"F.conv2d(input, weight, bias, {options})",
                      input=shapes[0], weight=shapes[1], bias=shapes[1][:1])
    golden.record("conv2d_no_bias", "F.conv2d(input, weight)",
                  input=(3, 2, 6, 7), weight=(4, 2, 5, 5))


def pooling(golden):
    golden.record("max_pool2d_k3_s2_p1", "F.max_pool2d(input, 3, stride=2, padding=1)",
                  input=(3, 2, 7, 8))
    golden.record("max_pool2d_k2", "F.max_pool2d(input, 2)", input=(3, 2, 6, 7))
    golden.record("avg_pool2d_k2", "F.avg_pool2d(input, 2)", input=(3, 2, 6, 7))
    golden.record("avg_pool2d_k3_s2_p1",
                  "F.avg_pool2d(input, 3, stride=2, padding=1, count_include_pad=True)",
                  input=(3, 2, 7, 8))


def normalization(golden):
    for case, shape in (("batch_norm2d", (4, 3, 5, 4)), ("batch_norm1d", (4, 3))):
        for mode in ("train", "eval"):
            variance = 0.5 + np.abs(golden.normal(f"{case}_{mode}/variance", shape[1:2]))
            golden.record(
                f"{case}_{mode}",
                "F.batch_norm(input, running_mean, running_var, weight, bias, "
                f"training={mode == 'train'}, momentum=0.1, eps=1e-5)",
                state=("running_mean", "running_var"),
                input=1.5 * golden.normal(f"{case}_{mode}/input", shape) + np.float32(0.5),
                weight=shape[1:2], bias=shape[1:2], running_mean=shape[1:2], running_var=variance)
    golden.record("layer_norm", "F.layer_norm(input, (6,), weight, bias, eps=1e-5)",
                  input=(3, 5, 6), weight=(6,), bias=(6,))
    golden.record("layer_norm_two_axes", "F.layer_norm(input, (4, 5), weight, bias, eps=1e-5)",
                  input=(3, 4, 5), weight=(4, 5), bias=(4, 5))


def cells(golden):
    """The functions behind torch.nn.LSTMCell (gates i, f, g, o) and torch.nn.GRUCell (r, z, n)."""
    batch, inputs, hidden = 3, 4, 5
    for case, gates in (("lstm_cell", 4), ("gru_cell", 3)):
        lstm = case == "lstm_cell"
        shapes = dict(input=(batch, inputs), h=(batch, hidden), c=(batch, hidden),
                      weight_ih=(gates * hidden, inputs), weight_hh=(gates * hidden, hidden),
                      bias_ih=(gates * hidden,), bias_hh=(gates * hidden,))
        if not lstm:
            del shapes["c"]
        golden.record(
            case, f"torch.{case}(input, {'(h, c)' if lstm else 'h'}, "
            "weight_ih, weight_hh, bias_ih, bias_hh)",
            outputs=("output_h", "output_c") if lstm else ("output_h",), **shapes)


def attention(golden):
    """Axes: batch, heads, time, features; scores are scaled by 1 / sqrt(features)."""
    golden.record("attention", "F.scaled_dot_product_attention(query, key, value)",
                  query=(2, 2, 4, 3), key=(2, 2, 6, 3), value=(2, 2, 6, 5))
    golden.record("attention_causal",
                  "F.scaled_dot_product_attention(query, key, value, is_causal=True)",
                  query=(2, 2, 5, 3), key=(2, 2, 5, 3), value=(2, 2, 5, 3))
