"""optimizers.safetensors: 100 steps of each optimizer along gradients that are given.

The gradient of step t is row t of "gradients" whatever the parameters are, so that a difference
is the update rule's own. Column 4 has small gradients, column 5 ones of the size of Adam's epsilon
(1e-8), which tell epsilon inside the root from outside, and column 6 is zero.
"""
import numpy as np
import torch

from golden_file import GoldenFile

STEPS, SIZE = 100, 7
KEPT = (1, 10, 100)
CASES = {
    "sgd": (torch.optim.SGD, dict(lr=0.1)),
    "sgd_weight_decay": (torch.optim.SGD, dict(lr=0.1, weight_decay=0.01)),
    "sgd_momentum": (torch.optim.SGD, dict(lr=0.1, momentum=0.9)),
    "sgd_nesterov_weight_decay": (
        torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)),
    "adam": (torch.optim.Adam, dict(lr=0.01)),
    "adam_weight_decay": (torch.optim.Adam, dict(lr=0.01, weight_decay=0.1)),
    "adamw": (torch.optim.AdamW, dict(lr=0.01, weight_decay=0.1)),
    "rmsprop": (torch.optim.RMSprop, dict(lr=0.01)),
    "adagrad": (torch.optim.Adagrad, dict(lr=0.01)),
    "adadelta": (torch.optim.Adadelta, dict(lr=1.0)),
}


def make():
    golden = GoldenFile("optimizers", __file__)
    scale = np.array([1, 1, 1, 1, 1e-2, 1e-8, 0], np.float32)
    drift = np.array([0, 0.5, -0.5, 0, 0, 0, 0], np.float32)
    start = golden.normal("p0", (SIZE,))
    gradients = golden.normal("gradients", (STEPS, SIZE)) * scale + drift
    golden.add("p0", start)
    golden.add("gradients", gradients)
    for case, (optimizer, options) in CASES.items():
        arguments = ", ".join(f"{key}={value}" for key, value in options.items())
        golden.describe(case, f"torch.optim.{optimizer.__name__}([p], {arguments})")
        golden.add_computed(
            lambda dtype: run(case, optimizer, options, start, gradients, dtype))
    return [golden]


def run(case, optimizer, options, start, gradients, dtype):
    """The parameters after each step in KEPT."""
    p = torch.nn.Parameter(torch.tensor(start).to(dtype))
    rule, kept = optimizer([p], **options), {}
    for step, gradient in enumerate(gradients, 1):
        p.grad = torch.tensor(gradient).to(dtype)
        rule.step()
        if step in KEPT:
            kept[f"{case}/after_{step}"] = p.detach().clone()
    return kept
