"""losses.safetensors: loss functions and their gradients with respect to the input.

The loss is a scalar under "<case>/output"; gradients are of that scalar, so there is no cotangent.
"""
import numpy as np

from golden_file import GoldenFile


def make():
    golden = GoldenFile("losses", __file__)
    classification(golden)
    regression(golden)
    distributions(golden)
    return [golden]


def classification(golden):
    target = np.array([2, 0, 6, 3, 3], np.int64)
    ignoring = np.array([2, -100, 6, 3, -100], np.int64)
    weight = 0.5 + np.abs(golden.normal("class_weights", (7,)))
    shape = (5, 7)
    for case, options in (("mean", ""), ("sum", ", reduction='sum'"),
                          ("smoothing", ", label_smoothing=0.1")):
        golden.record(f"cross_entropy_{case}", f"F.cross_entropy(input, target{options})",
                      input=2 * golden.normal(f"{case}/logits", shape), target=target)
    golden.record("cross_entropy_weights", "F.cross_entropy(input, target, weight)",
                  constant=("weight",), input=shape, target=target, weight=weight)
    golden.record("cross_entropy_weights_smoothing",
                  "F.cross_entropy(input, target, weight, label_smoothing=0.1)",
                  constant=("weight",), input=shape, target=target, weight=weight)
    golden.record("cross_entropy_ignore_index",
                  "F.cross_entropy(input, target, ignore_index=-100)",
                  input=shape, target=ignoring)
    golden.record("cross_entropy_large_logits", "F.cross_entropy(input, target)",
                  input=50 * golden.normal("large_logits", shape), target=target)
    # Here the input stands for log probabilities, as nll_loss wants them.
    golden.record("nll_loss", "F.nll_loss(input, target)", input=shape, target=target)
    golden.record("nll_loss_weights", "F.nll_loss(input, target, weight)",
                  constant=("weight",), input=shape, target=target, weight=weight)


def regression(golden):
    shape = (4, 5)
    for case, expression in {
            "mse_loss": "F.mse_loss(input, target)",
            "mse_loss_sum": "F.mse_loss(input, target, reduction='sum')",
            "l1_loss": "F.l1_loss(input, target)",
            "huber_loss": "F.huber_loss(input, target, delta=1.0)",
            "huber_loss_delta": "F.huber_loss(input, target, delta=0.5)",
            "smooth_l1_loss": "F.smooth_l1_loss(input, target, beta=1.0)",
            "smooth_l1_loss_beta": "F.smooth_l1_loss(input, target, beta=0.5)"}.items():
        golden.record(case, expression, constant=("target",), input=shape, target=shape)


def distributions(golden):
    shape = (4, 5)
    for case, scale in (("", 1.0), ("_large_logits", 50.0)):
        name = f"binary_cross_entropy_with_logits{case}"
        golden.record(name, "F.binary_cross_entropy_with_logits(input, target)",
                      constant=("target",), input=scale * golden.normal(f"{name}/logits", shape),
                      target=probabilities(golden, f"{name}/target", shape, "uniform"))
    for reduction in ("batchmean", "sum"):
        name = f"kl_div_{reduction}"
        logs = np.log(probabilities(golden, f"{name}/input", shape, "simplex"))
        golden.record(name, f"F.kl_div(input, target, reduction='{reduction}')",
                      constant=("target",), input=logs,
                      target=probabilities(golden, f"{name}/target", shape, "simplex"))


def probabilities(golden, name, shape, kind):
    """Values in (0, 1); with kind "simplex", each row adds up to one."""
    values = 1 / (1 + np.exp(-golden.normal(name, shape)))
    if kind == "simplex":
        values = values / values.sum(-1, keepdims=True)
    return values.astype(np.float32)
