"""second_order.safetensors: Hessians, and gradients of gradient norms (gradient penalties).

The penalty is that of WGAN-GP (Gulrajani et al. 2017): with s = f(x), one score for each example,
penalty = mean over the batch of (|ds/dx| - 1)^2; stored are its gradients for f's parameters.
"""
import numpy as np
import torch
import torch.nn.functional as F

from golden_file import GoldenFile

MLP = "(torch.tanh(F.linear(input, weight1, bias1)) * weight2).sum(1)"
CONVOLUTION = ("F.conv2d(F.avg_pool2d(torch.tanh(F.conv2d(input, weight1, bias1, padding=1)), 2), "
               "weight2).sum((1, 2, 3))")


def make():
    golden = GoldenFile("second_order", __file__)
    for name, point in (("origin", (0.0, 0.0)), ("away", (0.5, -0.3))):
        hessian(golden, f"hessian_{name}", point)
    penalty(golden, "penalty_mlp", MLP,
            dict(input=(4, 3), weight1=(5, 3), bias1=(5,), weight2=(5,)))
    penalty(golden, "penalty_conv", CONVOLUTION,
            dict(input=(3, 2, 6, 6), weight1=(3, 2, 3, 3), bias1=(3,), weight2=(1, 3, 2, 2)))
    return [golden]


def hessian(golden, case, point):
    """L = (1 - w1 w2)^2, the loss of a two-layer linear network with a saddle at the origin."""
    golden.describe(case, "L = (1 - w[0] * w[1]) ** 2")
    w = np.array(point, np.float32)
    golden.add(f"{case}/w", w)

    def compute(dtype):
        loss = lambda w: (1 - w[0] * w[1]) ** 2
        at = torch.tensor(w).to(dtype)
        return {f"{case}/output": loss(at), f"{case}/gradient": torch.func.grad(loss)(at),
                f"{case}/hessian": torch.func.hessian(loss)(at)}

    golden.add_computed(compute)


def penalty(golden, case, score, shapes):
    golden.describe(case, f"s = {score}; penalty = mean over the batch of (|ds/dinput| - 1)^2")
    arrays = {name: golden.normal(f"{case}/{name}", shape) for name, shape in shapes.items()}
    for name, array in arrays.items():
        golden.add(f"{case}/{name}", array)

    def compute(dtype):
        leaves = {name: torch.tensor(array).to(dtype).requires_grad_()
                  for name, array in arrays.items()}
        scores = eval(score, {"torch": torch, "F": F}, leaves)
        slope, = torch.autograd.grad(scores.sum(), leaves["input"], create_graph=True)
        norms = slope.flatten(1).norm(dim=1)
        value = ((norms - 1) ** 2).mean()
        gradients = torch.autograd.grad(value, list(leaves.values()))
        found = {"scores": scores, "slope": slope, "norms": norms, "penalty": value}
        found |= {f"grad_{name}": g for name, g in zip(leaves, gradients)}
        return {f"{case}/{name}": tensor for name, tensor in found.items()}

    golden.add_computed(compute)
