"""arithmetic.safetensors: functions of numbers, reductions, contractions; activations.safetensors.

Functions of one number stand as in elementwise.py: "<function>/x" (float32) and "<function>/y" (float64,
by mpmath with 60 digits), and "special_x", "special_y" as PyTorch gives them. All other cases are
recorded calls whose results keep float64, so that double precision can be tested to 1e-10.

shapes.safetensors: what NumPy gives for 200 random shapes for each of broadcasting, slicing, reductions
and transposes. A row of "<kind>/cases" (uint8) describes a case; "<kind>/values" (float16, whole numbers)
are all results, one after the other. Element i of the input of row r is (7 i + 13 r + offset) % 15 - 7.
"""
import mpmath
import numpy as np
import torch
from mpmath import mp

from golden_file import SEED, GoldenFile, relative_error


class ExactFile(GoldenFile):
    """Keeps results in float64."""

    def add_computed(self, compute):
        exact, single = compute(torch.float64), compute(torch.float32)
        for name, tensor in exact.items():
            value = tensor.detach().numpy()
            error = relative_error(single[name].detach().numpy(), value)
            self.float32_error = max(self.float32_error, error)
            self.add(name, value)


FUNCTIONS = {
    "log2": (lambda x: mpmath.log(x, 2), "positive", torch.log2),
    "log10": (mpmath.log10, "positive", torch.log10),
    "exp2": (lambda x: mpmath.power(2, x), "exponent", torch.exp2),
    "asin": (mpmath.asin, "unit", torch.asin),
    "acos": (mpmath.acos, "unit", torch.acos),
    "atan": (mpmath.atan, "real", torch.atan),
    "sinh": (mpmath.sinh, "exponent", torch.sinh),
    "cosh": (mpmath.cosh, "exponent", torch.cosh),
    "asinh": (mpmath.asinh, "real", torch.asinh),
    "acosh": (mpmath.acosh, "above 1", torch.acosh),
    "atanh": (mpmath.atanh, "unit", torch.atanh),
    "erfinv": (mpmath.erfinv, "open unit", torch.special.erfinv),
    "cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), "real", None),
}
SPECIAL = np.array([-np.inf, np.inf, np.nan, -0.0, 0.0, -1.0, 1.0, -2.0, 2.0], np.float32)


def make():
    return [arithmetic(), activations(), shapes()]


def arithmetic():
    golden = ExactFile("arithmetic", __file__)
    mp.dps = 60
    for name, (definition, domain, function) in FUNCTIONS.items():
        x = points(golden, domain)
        golden.add(f"{name}/x", x)
        y = [float(mpmath.re(definition(mpmath.mpf(float(v))))) for v in x]
        golden.add(f"{name}/y", np.array(y))
        if function:
            golden.add(f"{name}/special_x", SPECIAL)
            golden.add(f"{name}/special_y", function(torch.tensor(SPECIAL)).numpy())
    functions(golden)
    reductions(golden)
    contractions(golden)
    return golden


def points(golden, domain):
    """Sorted float32 numbers of a domain: a grid, random ones, and many magnitudes."""
    magnitudes = np.array([10.0 ** k for k in range(-30, 31, 3)])
    unit = np.concatenate([np.linspace(-0.999, 0.999, 41), [1 - 2.0 ** -24, -1 + 2.0 ** -24],
                           magnitudes[magnitudes < 1], -magnitudes[magnitudes < 1]])
    numbers = {
        "positive": np.concatenate([magnitudes, np.linspace(0.5, 2, 31), [8, 1000, 1024]]),
        "exponent": np.concatenate([np.linspace(-80, 80, 81), magnitudes[magnitudes < 1],
                                    golden.normal("exponent", (20,))]),
        "unit": np.concatenate([unit, [-1, 1]]) if domain == "unit" else unit,
        "open unit": unit,
        "real": np.concatenate([np.linspace(-20, 20, 41), magnitudes, -magnitudes,
                                golden.normal("real", (20,))]),
        "above 1": np.concatenate([np.linspace(1, 3, 41), 1 + 10.0 ** np.arange(-7, 0), magnitudes[11:]]),
    }[domain]
    numbers = np.unique(numbers.astype(np.float32))
    if domain == "unit":  # atanh is infinite at the ends, which are special numbers
        numbers = numbers[np.abs(numbers) < 1]
    return numbers


def functions(golden):
    edge = np.array([[-2, -1, -0.5, 0.25], [1, 0.5, 2, -1]], np.float32)
    golden.record("clamp", "torch.clamp(input, -1, 0.5)", input=edge)
    golden.record("clamp_below", "torch.clamp(input, min=-0.5)", input=edge)
    golden.record("clamp_tensors", "torch.clamp(input, low, high)", input=(3, 4),
                  low=-np.abs(golden.normal("low", (4,))), high=np.abs(golden.normal("high", (3, 1))))
    golden.record("atan2", "torch.atan2(a, b)", a=(4, 5), b=(4, 5))
    golden.record("hypot", "torch.hypot(a, b)", a=(3, 4), b=(4,))
    large = np.array([1e-3, 5, -700, 88, 1e10, -1e10, 3], np.float32)
    golden.record("logaddexp", "torch.logaddexp(a, b)", a=large,
                  b=np.array([2, 5, 3, 90, -1e10, 1e-3, 2.5], np.float32))
    golden.record("xlogy", "torch.xlogy(a, b)", a=np.array([0, 2, 1.5, 0, 3], np.float32),
                  b=np.array([0.5, 3, 0.1, 2, 1e-20], np.float32))
    golden.record("sinc", "torch.sinc(input)", input=np.array([-2.5, -1, 0, 0.3, 4.2], np.float32))
    golden.record("lerp", "torch.lerp(a, b, 0.3)", a=(3, 4), b=(3, 4))
    golden.record("lerp_far", "torch.lerp(a, b, 0.8)", a=(3, 4), b=(3, 4))
    golden.record("lerp_tensor", "torch.lerp(a, b, weight)", a=(3, 4), b=(3, 4),
                  weight=np.abs(golden.normal("weight", (3, 4))))
    golden.record("logit", "torch.logit(input)",
                  input=np.array([1e-6, 0.2, 0.5, 0.75, 0.9999], np.float32))
    golden.record("frac", "torch.frac(input)", input=np.array([-2.5, -0.3, 1.75, 9.1], np.float32))
    golden.record("nan_to_num", "torch.nan_to_num(input, 0.5, 7.0, -8.0)",
                  input=np.array([np.nan, np.inf, -np.inf, 2.5], np.float32))
    for name, (a, b) in {
            "float": (np.array([7, -7, 7, -7, 0.3, 6, 1e8, 5], np.float32),
                      np.array([2, 2, -2, -2, 0.1, 0.1, 3, 0], np.float32)),
            "int": (np.array([7, -7, 7, -7, 8], np.int64), np.array([2, 2, -2, -2, 4], np.int64))}.items():
        golden.add(f"floor_divide_{name}/a", a)
        golden.add(f"floor_divide_{name}/b", b)
        golden.add(f"floor_divide_{name}/output",
                   torch.floor_divide(torch.tensor(a), torch.tensor(b)).numpy())
    a = np.array([1, 1, np.inf, np.inf, np.nan, 1e10, 1e-9, 3], np.float32)
    b = np.array([1.000001, 1.1, np.inf, 1, np.nan, 1.00001e10, 2e-9, -np.inf], np.float32)
    golden.add("isclose/a", a)
    golden.add("isclose/b", b)
    golden.add("isclose/output", np.isclose(a.astype(np.float64), b.astype(np.float64)))
    golden.add("isclose/output_nan",
               np.isclose(a.astype(np.float64), b.astype(np.float64), equal_nan=True))


def reductions(golden):
    for name, p in (("1", 1), ("2", 2), ("3", 3), ("half", 0.5), ("inf", "float('inf')"),
                    ("minus_inf", "float('-inf')")):
        golden.record(f"norm_{name}", f"torch.linalg.vector_norm(input, {p}, dim=1)", input=(4, 5))
    # A row of zeros, whose slope is 0, and zeros among others.
    holes = golden.normal("holes", (3, 4))
    holes[1] = 0
    holes[2, 1] = 0
    for name, p in (("2", 2), ("3", 3)):
        golden.record(f"norm_zero_{name}", f"torch.linalg.vector_norm(input, {p}, dim=1)", input=holes)
    golden.record("std", "torch.std(input, dim=(0, 2))", input=(3, 2, 4))
    golden.record("std_population", "torch.std(input, dim=1, correction=0, keepdim=True)", input=(3, 4))
    golden.record("median", "torch.median(input, dim=1).values", input=(4, 6))
    golden.record("quantile", "torch.quantile(input, torch.tensor([0.1, 0.5, 0.85], "
                  "dtype=input.dtype), dim=1)", input=(4, 6))


EINSUMS = {
    "batched": ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
    "heads": ("bqhd,bkhd->bhqk", (2, 3, 2, 4), (2, 5, 2, 4)),
    "chain": ("ij,jk,kl->li", (2, 3), (3, 4), (4, 5)),
    "shared": ("ij,ij,ik->kj", (3, 4), (3, 4), (3, 2)),
    "implicit": ("ba,ac", (3, 2), (2, 4)),
    "implicit_order": ("ba", (3, 2)),
    "transpose": ("ijk->kij", (2, 3, 4)),
    "total": ("ij->", (3, 4)),
    "trace": ("ii", (4, 4)),
    "diagonal": ("ii->i", (4, 4)),
    "partial_diagonal": ("iji,j->ij", (3, 2, 3), (2,)),
    "outer": ("i,j->ij", (3,), (4,)),
    "elementwise": ("ij,ij->ij", (3, 4), (3, 4)),
    "inner": ("ij,ij", (3, 4), (3, 4)),
    "bilinear": ("bn,anm,bm->ba", (2, 3), (5, 3, 4), (2, 4)),
    "ellipsis": ("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 2)),
    "ellipsis_sum": ("b...,bc->c...", (3, 2, 2), (3, 4)),
    "ellipsis_implicit": ("...i,i", (2, 3, 4), (4,)),
    "ones": ("ij,jk->ik", (3, 1), (4, 2)),
    "spaces": ("i j , j -> i", (3, 4), (4,)),
}


def contractions(golden):
    for name, (equation, *sizes) in EINSUMS.items():
        names = "abc"[:len(sizes)]
        golden.record(f"einsum_{name}", f"torch.einsum('{equation}', {', '.join(names)})",
                      **dict(zip(names, sizes)))
    golden.record("outer", "torch.outer(a, b)", a=(3,), b=(4,))
    golden.record("dot", "torch.dot(a, b)", a=(5,), b=(5,))
    golden.record("tensordot", "torch.tensordot(a, b, dims=2)", a=(2, 3, 4), b=(3, 4, 5))
    golden.record("tensordot_pairs", "torch.tensordot(a, b, dims=([0, 2], [2, 0]))",
                  a=(2, 3, 4), b=(4, 5, 2))
    golden.record("kron", "torch.kron(a, b)", a=(2, 3), b=(3, 2))
    golden.record("kron_ranks", "torch.kron(a, b)", a=(3,), b=(2, 2))
    for name, a, b in (("vectors", (4,), (4,)), ("row", (3,), (3, 2)), ("column", (2, 3), (3,)),
                       ("batch_column", (2, 3, 4), (4,)), ("row_batch", (3,), (2, 3, 4)),
                       ("broadcast", (2, 1, 3, 4), (3, 4, 2)), ("shared", (2, 3, 4), (4, 2))):
        golden.record(f"matmul_{name}", "torch.matmul(a, b)", a=a, b=b)


ACTIVATIONS = {
    "relu6": "F.relu6(input)",
    "relu_n": "F.hardtanh(input, 0.0, 1.5)",
    "celu": "F.celu(input, 2.0)",
    "selu": "F.selu(input)",
    "mish": "F.mish(input)",
    "softplus_beta": "F.softplus(input, beta=2.5, threshold=6)",
    "softsign": "F.softsign(input)",
    "softshrink": "F.softshrink(input, 0.7)",
    "hardshrink": "F.hardshrink(input, 0.7)",
    "tanhshrink": "F.tanhshrink(input)",
    "hardtanh": "F.hardtanh(input, -1.5, 0.5)",
    "hardsigmoid": "F.relu6(input + 3) / 6",  # F.hardsigmoid multiplies by a float32
    "hardswish": "F.hardswish(input)",
    "log_sigmoid": "F.logsigmoid(input)",
    "threshold": "F.threshold(input, 0.3, -2.0)",
    "rrelu_in_use": "F.rrelu(input, 0.125, 1 / 3, training=False)",
    "softmin": "F.softmin(input, dim=-1)",
    "glu": "F.glu(input, dim=-1)",
}


def activations():
    golden = ExactFile("activations", __file__)
    for case, expression in ACTIVATIONS.items():
        x = golden.normal(f"{case}/input", (3, 8), 3.0)
        # Where the pieces meet, and far away.
        x[0, :4] = [-3, 3, 0, 6]
        x[1, :4] = [-0.5, 0.5, -90, 95]
        golden.record(case, expression, input=x)
    golden.record("prelu", "F.prelu(input, weight)", input=(2, 3, 4), weight=(3,))
    golden.record("prelu_one", "F.prelu(input, weight)", input=(5,), weight=(1,))
    golden.record("glu_axis1", "F.glu(input, dim=1)", input=(2, 4, 3))
    golden.record("softmax2d", "F.softmax(input, dim=-3)", input=(2, 3, 2, 4))
    golden.record("maxout", "input.reshape(3, 4, 2).amax(2)", input=(3, 8))
    return golden


def shapes():
    golden = GoldenFile("shapes", __file__)
    golden.metadata |= {"library": "numpy", "version": np.__version__}
    for kind in (broadcasts, slices, reduced, transposes):
        random = np.random.default_rng([SEED, len(kind.__name__)])
        rows, values = zip(*(kind(random, row) for row in range(200)))
        golden.add(f"{kind.__name__}/cases", np.array(rows, np.uint8))
        flat = np.concatenate([np.asarray(v, np.float64).reshape(-1) for v in values])
        assert np.array_equal(flat, flat.astype(np.float16))
        golden.add(f"{kind.__name__}/values", flat.astype(np.float16))
    return golden


def filled(shape, row, offset=0):
    count = int(np.prod(shape))
    return ((7 * np.arange(count) + 13 * row + offset) % 15 - 7).astype(np.float64).reshape(shape)


def coded(shape):
    """Rank and sizes in five columns."""
    return [len(shape), *shape] + [0] * (4 - len(shape))


def sizes(random, smallest=0, rank=None):
    return tuple(int(n) for n in random.integers(smallest, 5, random.integers(0, 5) if rank is None else rank))


def broadcasts(random, row):
    """shape of a, shape of b, shape of a - 2 b."""
    whole = sizes(random, smallest=0 if row % 10 == 0 else 1)
    a, b = ([n if random.random() < 0.7 else 1 for n in whole] for _ in range(2))
    a, b = a[random.integers(0, len(a) + 1) if row % 2 else 0:], b[random.integers(0, len(b) + 1):]
    y = filled(a, row) - 2 * filled(b, row, 3)
    return coded(a) + coded(b) + coded(y.shape), y


def slices(random, row):
    """shape, then (start, end, whether flipped) for each of four axes."""
    shape = sizes(random, smallest=1)
    x, columns = filled(shape, row), []
    index = []
    for n in shape:
        start, end = sorted(random.integers(0, n + 1, 2))
        flipped = int(random.integers(0, 2))
        index.append(slice(start, end))
        columns += [int(start), int(end), flipped]
    y = x[tuple(index)]
    for axis in range(len(shape)):
        if columns[3 * axis + 2]:
            y = np.flip(y, axis)
    return coded(shape) + columns + [0] * (12 - len(columns)), y


def reduced(random, row):
    """shape, kind, bits of the axes, whether they are kept, shape of the result."""
    kind = row % 7
    shape = sizes(random, smallest=1 if kind in (1, 2, 3) else 0, rank=random.integers(1, 5))
    x = filled(shape, row)
    count = 1 if kind == 3 else random.integers(1, len(shape) + 1)
    axes = tuple(int(a) for a in random.choice(len(shape), count, replace=False))
    keep = bool(random.integers(0, 2))
    if kind == 3:
        y = np.argmax(x, axis=axes[0], keepdims=keep)
    elif kind == 6:
        y = np.count_nonzero(x, axis=axes, keepdims=keep)
    else:
        function = (np.sum, np.max, np.min, None, np.any, np.all)[kind]
        y = function(x > 6 if kind == 4 else x, axis=axes, keepdims=keep)
    return coded(shape) + [kind, sum(1 << a for a in axes), keep] + coded(np.shape(y)), y


def transposes(random, row):
    """shape, then the order of the axes in four columns."""
    shape = sizes(random)
    order = [int(a) for a in random.permutation(len(shape))]
    return coded(shape) + order + [0] * (4 - len(order)), np.transpose(filled(shape, row), order)
