"""schedules.safetensors: the rates of torch.optim.lr_scheduler, step by step."""
import warnings

import numpy as np
import torch
from torch.optim import lr_scheduler as s

from golden_file import GoldenFile

RATE = 0.1
CASES = {
    "constant": lambda o: s.ConstantLR(o, factor=0.25, total_iters=10),
    "step": lambda o: s.StepLR(o, 7, gamma=0.5),
    "multi_step": lambda o: s.MultiStepLR(o, [5, 20, 45], gamma=0.3),
    "exponential": lambda o: s.ExponentialLR(o, 0.95),
    "polynomial": lambda o: s.PolynomialLR(o, total_iters=40, power=2.0),
    "linear": lambda o: s.LinearLR(o, start_factor=0.1, end_factor=0.8, total_iters=30),
    "cosine": lambda o: s.CosineAnnealingLR(o, T_max=60, eta_min=0.01),
    "warm_restarts": lambda o: s.CosineAnnealingWarmRestarts(o, T_0=10, T_mult=2, eta_min=0.01),
    "warm_restarts_equal": lambda o: s.CosineAnnealingWarmRestarts(o, T_0=15),
    "cyclic": lambda o: s.CyclicLR(o, 0.01, 0.1, step_size_up=8, step_size_down=12,
                                   cycle_momentum=False),
    "cyclic_halving": lambda o: s.CyclicLR(o, 0.01, 0.1, step_size_up=8, mode="triangular2",
                                           cycle_momentum=False),
    "cyclic_exponential": lambda o: s.CyclicLR(o, 0.01, 0.1, step_size_up=8, mode="exp_range",
                                               gamma=0.97, cycle_momentum=False),
    "one_cycle": lambda o: s.OneCycleLR(o, 0.1, total_steps=60),
    "warm_up_cosine": lambda o: s.SequentialLR(
        o, [s.LinearLR(o, start_factor=0.1, total_iters=9), s.CosineAnnealingLR(o, T_max=51)],
        milestones=[9]),
    "noam": lambda o: s.LambdaLR(
        o, lambda t: 10 * 512 ** -0.5 * min((t + 1) ** -0.5, (t + 1) * 20 ** -1.5)),
}
STEPS = 60
METRICS = [5, 4, 4.5, 4.2, 4.1, 4, 3.9996, 3.9, 3, 3.1, 3.2, 3.3, 3.4, 3.5, 2, 2, 2, 2, 2, 2, 2, 2,
           2, 1.9, 1.95, 1.93, 1.91, 1.905, 1.9, 1.9]


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE, momentum=0.9)


def make():
    golden = GoldenFile("schedules", __file__)
    warnings.simplefilter("ignore")
    for case, schedule in CASES.items():
        rule, rates, momenta = optimizer(), [], []
        scheduler = schedule(rule)
        for step in range(STEPS):
            rates.append(rule.param_groups[0]["lr"])
            momenta.append(rule.param_groups[0]["momentum"])
            rule.step()
            if step + 1 < STEPS:
                scheduler.step()
        golden.add(case, np.array(rates))
        if case == "one_cycle":
            golden.add("one_cycle_momentum", np.array(momenta))
    golden.add("metrics", np.array(METRICS))
    for case, options in {
            "plateau": dict(factor=0.1, patience=2),
            "plateau_absolute": dict(factor=0.5, patience=1, threshold=0.05, threshold_mode="abs",
                                     cooldown=2, min_lr=0.01),
            "plateau_max": dict(mode="max", factor=0.5, patience=3)}.items():
        rule, rates = optimizer(), []
        scheduler = s.ReduceLROnPlateau(rule, **options)
        for metric in METRICS:
            scheduler.step(metric)
            rates.append(rule.param_groups[0]["lr"])
        golden.add(case, np.array(rates))
    return [golden]
