"""more_optimizers.safetensors: 100 steps of further optimizers along the gradients of
`optimizers.py`, and runs of L-BFGS on functions of their own.

Lion and Yogi are not in PyTorch: their update rules stand here. PyTorch's Muon orthogonalizes in
bfloat16; the same iteration is put in its place in the precision of the parameters.
"""
import numpy as np
import torch
import torch.nn.functional as F

from golden_file import GoldenFile, generator
from optimizers import KEPT, SIZE, STEPS, run


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, Algorithm 2."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(beta1 * m + (1 - beta1) * p.grad) + decay * p
                m.mul_(beta2).add_((1 - beta2) * p.grad)
                p.sub_(lr * update)


class Yogi(torch.optim.Optimizer):
    """Zaheer et al. 2018, Algorithm 2, with Adam's corrections."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                state["t"] += 1
                squared = p.grad ** 2
                state["m"] = beta1 * state["m"] + (1 - beta1) * p.grad
                state["v"] -= (1 - beta2) * torch.sign(state["v"] - squared) * squared
                m = state["m"] / (1 - beta1 ** state["t"])
                v = state["v"] / (1 - beta2 ** state["t"])
                p.sub_(lr * m / (v.sqrt() + eps))


CASES = {
    "adamax": (torch.optim.Adamax, dict(lr=0.01, weight_decay=0.1)),
    "nadam": (torch.optim.NAdam, dict(lr=0.01)),
    "nadam_weight_decay": (torch.optim.NAdam, dict(lr=0.01, weight_decay=0.1)),
    "radam": (torch.optim.RAdam, dict(lr=0.01)),
    "radam_weight_decay": (torch.optim.RAdam, dict(lr=0.01, weight_decay=0.1)),
    "amsgrad": (torch.optim.Adam, dict(lr=0.01, amsgrad=True)),
    "amsgrad_decoupled": (torch.optim.AdamW, dict(lr=0.01, amsgrad=True)),
    "asgd": (torch.optim.ASGD, dict(lr=0.1, lambd=1e-3, t0=50, weight_decay=0.01)),
    "rprop": (torch.optim.Rprop, dict(lr=0.01)),
    "lion": (Lion, dict(lr=0.01, weight_decay=0.1)),
    "yogi": (Yogi, dict(lr=0.01)),
    "sgd_dampening": (torch.optim.SGD, dict(lr=0.1, momentum=0.9, dampening=0.9)),
    "rmsprop_all": (torch.optim.RMSprop,
                    dict(lr=0.01, momentum=0.8, centered=True, weight_decay=0.01)),
    "adagrad_all": (torch.optim.Adagrad, dict(lr=0.1, lr_decay=0.5, weight_decay=0.1,
                                              initial_accumulator_value=0.3)),
}


def make():
    golden = GoldenFile("more_optimizers", __file__)
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
    muon(golden)
    tables(golden)
    lbfgs(golden)
    return [golden]


def newton_schulz(gradient, coefficients, steps, eps):
    a, b, c = coefficients
    x = gradient.T if gradient.size(0) > gradient.size(1) else gradient
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if gradient.size(0) > gradient.size(1) else x


def muon(golden):
    import torch.optim._muon as module
    module._zeropower_via_newtonschulz = newton_schulz
    for name, shape in (("muon_wide", (3, 5)), ("muon_tall", (5, 2))):
        start = golden.normal(f"{name}/p0", shape)
        gradients = golden.normal(f"{name}/gradients", (STEPS, *shape))
        golden.add(f"{name}/p0", start)
        golden.add(f"{name}/gradients", gradients)
        golden.describe(name, "torch.optim.Muon([p], lr=0.02), orthogonalized without bfloat16")
        golden.add_computed(
            lambda dtype: run(name, torch.optim.Muon, dict(lr=0.02), start, gradients, dtype))


def tables(golden):
    """A table of which each step looks up some rows, some of them twice; row 6 is never looked up."""
    steps, lookups = 20, 5
    indices = generator("more_optimizers/tables").integers(0, 6, (steps, lookups))
    start = golden.normal("tables/p0", (7, 3))
    cotangents = golden.normal("tables/cotangents", (steps, lookups, 3))
    for name, array in (("p0", start), ("indices", indices), ("cotangents", cotangents)):
        golden.add(f"tables/{name}", array)

    def run_table(case, optimizer, options, dtype):
        p, kept = torch.nn.Parameter(torch.tensor(start).to(dtype)), {}
        rule = optimizer([p], **options)
        for step in range(steps):
            rule.zero_grad()
            vectors = F.embedding(torch.tensor(indices[step]), p, sparse=True)
            (vectors * torch.tensor(cotangents[step]).to(dtype)).sum().backward()
            rule.step()
            if step + 1 in (1, 5, 20):
                kept[f"{case}/after_{step + 1}"] = p.detach().clone()
        return kept

    for case, optimizer, options in (
            ("tables_sparse_adam", torch.optim.SparseAdam, dict(lr=0.01, betas=(0.8, 0.95), eps=1e-3)),
            ("tables_sgd", torch.optim.SGD, dict(lr=0.1)),
            ("tables_adagrad", torch.optim.Adagrad,
             dict(lr=0.1, lr_decay=0.5, initial_accumulator_value=0.3))):
        arguments = ", ".join(f"{key}={value}" for key, value in options.items())
        golden.describe(case, f"torch.optim.{optimizer.__name__}([p], {arguments}), sparse gradients")
        golden.add_computed(lambda dtype: run_table(case, optimizer, options, dtype))


def rosenbrock(p):
    return (100 * (p[1:] - p[:-1] ** 2) ** 2 + (1 - p[:-1]) ** 2).sum()


def bowl(p):
    curvatures = torch.logspace(-1, 2, len(p), dtype=p.dtype)
    return (curvatures * (p - 1) ** 2).sum() / 2 + torch.cosh(p).log().sum()


def lbfgs(golden):
    """The parameters after each of ten calls of step, in double precision only: the first
    differences of a line search grow."""
    for case, function, start, options in (
            ("lbfgs_rosenbrock", rosenbrock, [-1.2, 1.0],
             dict(max_iter=4, line_search_fn="strong_wolfe")),
            ("lbfgs_chain", rosenbrock, [-1.2, 1.0, 0.5, -0.5, 2.0],
             dict(max_iter=5, history_size=3, line_search_fn="strong_wolfe")),
            ("lbfgs_bowl", bowl, [3.0, -2.0, 1.0, 0.5, -4.0, 2.5],
             dict(max_iter=3, line_search_fn="strong_wolfe")),
            ("lbfgs_fixed", bowl, [3.0, -2.0, 1.0, 0.5, -4.0, 2.5], dict(lr=0.5, max_iter=3))):
        p = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
        rule, path = torch.optim.LBFGS([p], **options), [p.detach().clone()]

        def closure():
            rule.zero_grad()
            loss = function(p)
            loss.backward()
            return loss

        for _ in range(10):
            rule.step(closure)
            path.append(p.detach().clone())
        golden.describe(case, f"torch.optim.LBFGS([p], {options}), {function.__name__}")
        golden.add(f"{case}/path", torch.stack(path).numpy())
