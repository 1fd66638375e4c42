"""initializers.json: the bounds and deviations of PyTorch's initializers for some weight shapes.

They are read off PyTorch itself: its `uniform_` and `normal_` are replaced by ones that note their
arguments. `uniform` entries are [low, high], `normal` entries [mean, deviation].
"""
import json
import math
import unittest.mock

import torch
from torch import nn

from golden_file import FOLDER

SHAPES = [(120, 400), (10, 84), (6, 1, 5, 5), (16, 6, 5, 5), (64, 32, 3, 3), (12, 4, 3)]
INITIALIZERS = {
    "xavier_uniform": lambda w: nn.init.xavier_uniform_(w),
    "xavier_uniform gain=5/3": lambda w: nn.init.xavier_uniform_(w, gain=5 / 3),
    "xavier_normal": lambda w: nn.init.xavier_normal_(w),
    "kaiming_uniform": lambda w: nn.init.kaiming_uniform_(w),
    "kaiming_uniform a=sqrt(5)": lambda w: nn.init.kaiming_uniform_(w, a=math.sqrt(5)),
    "kaiming_uniform relu": lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu"),
    "kaiming_normal relu": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "kaiming_normal fan_out relu":
        lambda w: nn.init.kaiming_normal_(w, mode="fan_out", nonlinearity="relu"),
}
LAYERS = {
    "Linear(400, 120)": lambda: nn.Linear(400, 120),
    "Conv2d(6, 16, 5)": lambda: nn.Conv2d(6, 16, 5),
    "Conv2d(8, 16, 3, groups=4)": lambda: nn.Conv2d(8, 16, 3, groups=4),
    "Embedding(50, 8)": lambda: nn.Embedding(50, 8),
    "LSTMCell(4, 9)": lambda: nn.LSTMCell(4, 9),
    "GRUCell(4, 9)": lambda: nn.GRUCell(4, 9),
}
GAINS = ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu")


class InitializerFile:
    """Has the two methods of GoldenFile that the command calls."""

    path = FOLDER / "initializers.json"

    def text(self):
        contents = {
            "library": "torch", "version": torch.__version__,
            "script": "Tools/golden/initializers.py",
            "gains": {name: float(nn.init.calculate_gain(name)) for name in GAINS},
            "initializers": [
                dict(name=name, **drawn(lambda: fill(torch.empty(shape)))[0])
                for name, fill in INITIALIZERS.items() for shape in SHAPES],
            "layers": [dict(name=name, parameters=drawn_by(build))
                       for name, build in LAYERS.items()],
        }
        return json.dumps(contents, indent=1) + "\n"

    def write(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.text())
        print(f"{self.path.name}: {self.path.stat().st_size} bytes")

    def differences(self):
        same = self.path.exists() and self.path.read_text() == self.text()
        return [] if same else [f"{self.path.name}: missing or different"]


def drawn(function):
    """The distributions that a function draws from, in order."""
    calls = []

    def note(kind):
        def method(tensor, first, second, generator=None):
            calls.append({"shape": list(tensor.shape), kind: [float(first), float(second)]})
            return tensor
        return method

    with unittest.mock.patch.object(torch.Tensor, "uniform_", note("uniform")), \
            unittest.mock.patch.object(torch.Tensor, "normal_", note("normal")):
        function()
    return calls


def drawn_by(build):
    """The distribution of each parameter of a layer, by its name."""
    built = []
    calls = drawn(lambda: built.append(build()))
    names = [name for name, _ in built[0].named_parameters()]
    return dict(zip(names, calls, strict=True))


def make():
    return [InitializerFile()]
