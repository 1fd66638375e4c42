"""elementwise.safetensors: elementary functions, correctly rounded to float64.

"<function>/x" is float32, "<function>/y" the float64 value at exactly that x, computed with 60
digits by mpmath, so that the error of a float32 kernel can be measured in units in the last place.
"<function>/special_x" and "special_y" (both float32) are what PyTorch gives at infinities,
not-a-number, zeros and outside the domain; gelu and silu, where PyTorch multiplies infinity by
zero, go without infinities. No x is subnormal, but some y are subnormal or zero in float32.
"""
import mpmath
import numpy as np
import torch
import torch.nn.functional as F
from mpmath import mp

from golden_file import GoldenFile

TINY = np.finfo(np.float32).tiny
HUGE = np.finfo(np.float32).max


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def gelu(x):
    """x Phi(x), by erfc: 1 + erf would cancel for negative x."""
    return x / 2 * mpmath.erfc(-x / mpmath.sqrt(2))


def gelu_tanh(x):
    """The approximation x (1 + tanh u) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3)."""
    u = mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x ** 3)
    return x * sigmoid(2 * u)


# name: (definition, domain, PyTorch's function)
FUNCTIONS = {
    "exp": (mpmath.exp, "real", torch.exp),
    "expm1": (mpmath.expm1, "real", torch.expm1),
    "log": (mpmath.log, "positive", torch.log),
    "log1p": (mpmath.log1p, "above -1", torch.log1p),
    "sqrt": (mpmath.sqrt, "positive", torch.sqrt),
    "rsqrt": (lambda x: 1 / mpmath.sqrt(x), "positive", torch.rsqrt),
    "sin": (mpmath.sin, "real", torch.sin),
    "cos": (mpmath.cos, "real", torch.cos),
    "tanh": (mpmath.tanh, "real", torch.tanh),
    "sigmoid": (sigmoid, "real", torch.sigmoid),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), "real", F.softplus),
    "erf": (mpmath.erf, "real", torch.erf),
    "gelu": (gelu, "real", F.gelu),
    "gelu_tanh": (gelu_tanh, "real", lambda x: F.gelu(x, approximate="tanh")),
    "silu": (lambda x: x * sigmoid(x), "real", F.silu),
}
UNDEFINED_AT_INFINITY = ("gelu", "gelu_tanh", "silu")
SPECIAL = np.array([-np.inf, np.inf, np.nan, -0.0, 0.0, -1.0, -2.0], np.float32)


def make():
    golden = GoldenFile("elementwise", __file__)
    golden.metadata |= {"library": "mpmath, torch for special_y",
                        "version": f"{mpmath.__version__}, {torch.__version__}"}
    mp.dps = 60
    for name, (definition, domain, function) in FUNCTIONS.items():
        x = points(golden, domain)
        golden.add(f"{name}/x", x)
        golden.add(f"{name}/y", np.array([rounded(definition(mpmath.mpf(float(v)))) for v in x]))
        special = SPECIAL[~np.isinf(SPECIAL)] if name in UNDEFINED_AT_INFINITY else SPECIAL
        golden.add(f"{name}/special_x", special)
        golden.add(f"{name}/special_y", function(torch.tensor(special)).numpy())
    return [golden]


def points(golden, domain):
    """Sorted float32 numbers: a grid, random ones, and magnitudes from the smallest normal up."""
    powers = np.array([10.0 ** k for k in range(-37, 39)] + [TINY, HUGE])
    grid = np.concatenate([np.linspace(-30, 30, 241), [-88.7, -87.3, 88.7, 88.72, 104, -104],
                           golden.normal("points", (150,)), golden.normal("wide", (60,), 10)])
    if domain == "real":
        # Beyond 1e5 only sin and cos still change, and there float32 kernels give up precision.
        small = powers[powers <= 1e5]
        values = np.concatenate([grid, small, -small, [0.0]])
    elif domain == "positive":
        values = np.concatenate([np.abs(grid), powers, 1 + np.linspace(-0.01, 0.01, 41)])
        values = values[values > 0]
    else:
        near = -1 + np.array([2.0 ** -k for k in range(1, 25)])
        values = np.concatenate([grid, powers, -powers[powers < 1], near])
        values = values[values > -1]
    return np.unique(values.astype(np.float32))


def rounded(value):
    """The nearest float64; infinite where that overflows."""
    return float(value) if abs(value) <= np.finfo(np.float64).max else np.inf
