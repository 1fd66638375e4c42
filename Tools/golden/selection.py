"""selection.safetensors: sorting, running sums, scattering, padding and rearranging, with gradients.

"<case>/indices" is an int64 result beside the output; cases whose name begins with "numpy_" come
from NumPy and have no gradient.
"""
import numpy as np
import torch

from golden_file import GoldenFile, generator

VECTOR = np.array([3, 0, 4, 0, 2, 3, 1], np.int64)


def make():
    golden = GoldenFile("selection", __file__)
    order(golden)
    scans(golden)
    scatters(golden)
    shapes(golden)
    numpy_cases(golden)
    return [golden]


def indices(name, shape, below):
    return generator(f"selection/{name}").integers(0, below, shape)


def order(golden):
    x = (5, 7)
    golden.record("sort", "torch.sort(input, dim=0)[0]", input=x)
    golden.record("sort_descending", "torch.sort(input, dim=1, descending=True)[0]", input=x)
    golden.record("topk", "torch.topk(input, 3, dim=1)[0]", input=x)
    golden.record("topk_smallest", "torch.topk(input, 2, dim=0, largest=False)[0]", input=x)
    golden.record("kthvalue", "torch.kthvalue(input, 3, dim=1)[0]", input=x)
    ties = np.round(2 * golden.normal("ties", (4, 90)))
    golden.add("argsort/input", ties)
    for name, descending in (("argsort", False), ("argsort_descending", True)):
        result = torch.sort(torch.tensor(ties), dim=1, stable=True, descending=descending)[1]
        golden.add(f"{name}/indices", result.numpy())
    edges = np.sort(np.round(3 * golden.normal("edges", (11,))))
    values = np.round(3 * golden.normal("values", (4, 5)))
    golden.add("searchsorted/edges", edges)
    golden.add("searchsorted/values", values)
    for name, right in (("searchsorted", False), ("searchsorted_right", True)):
        found = torch.searchsorted(torch.tensor(edges), torch.tensor(values), right=right)
        golden.add(f"{name}/indices", found.numpy())
    golden.add("unique/input", ties)
    found = torch.unique(torch.tensor(ties), return_inverse=True, return_counts=True)
    for name, tensor in zip(("values", "inverse", "counts"), found):
        golden.add(f"unique/{name}", tensor.numpy())


def scans(golden):
    x = (4, 6)
    zeros = golden.normal("zeros", x)
    zeros[0, 2] = zeros[1, 0] = zeros[1, 4] = zeros[2, 5] = 0
    golden.record("cumsum", "torch.cumsum(input, 1)", input=x)
    golden.record("cumprod", "torch.cumprod(input, 0)", input=x)
    golden.record("cumprod_zeros", "torch.cumprod(input, 1)", input=zeros)
    golden.record("cummax", "torch.cummax(input, 1)[0]", input=x)
    golden.record("cummin", "torch.cummin(input, 0)[0]", input=x)
    golden.record("logcumsumexp", "torch.logcumsumexp(20 * input, 1)", input=x)


def scatters(golden):
    x, rows, along = (5, 3), (7, 3), (4, 5)
    places = indices("along", (4, 8), 5)
    unique = np.stack([generator("selection/order").permutation(5)[:3] for _ in range(4)])
    golden.record("index_add", "input.index_add(0, index, source)", input=x, source=rows,
                  index=VECTOR)
    golden.record("index_copy", "input.index_copy(0, index, source)", input=x, source=(3, 3),
                  index=np.array([4, 0, 2], np.int64))
    golden.record("scatter", "input.scatter(1, index, source)", input=along, source=(4, 3),
                  index=unique)
    golden.record("scatter_add", "input.scatter_add(1, index, source)", input=along,
                  source=(4, 8), index=places)
    for name, reduce in (("prod", "prod"), ("amax", "amax"), ("amin", "amin")):
        golden.record(f"scatter_{name}", f"input.scatter_reduce(1, index, source, '{reduce}')",
                      input=along, source=(4, 8), index=places)
    with_zeros = golden.normal("with_zeros", (4, 8))
    with_zeros[0, 1] = with_zeros[0, 3] = with_zeros[2, 5] = 0
    golden.record("scatter_prod_zeros", "input.scatter_reduce(1, index, source, 'prod')",
                  input=along, source=with_zeros, index=places)
    golden.record("index_select", "input[:, index]", input=(4, 5), index=VECTOR)
    golden.record("index_two", "input[index, :, other]", input=(5, 2, 5), index=VECTOR,
                  other=VECTOR[::-1].copy())
    golden.record("index_put", "torch.index_put(input, (index, other), source)", input=(5, 5),
                  source=(3,), index=np.array([4, 0, 2], np.int64),
                  other=np.array([1, 1, 3], np.int64))


def shapes(golden):
    x = (2, 3, 4)
    for case, expression in {
            "pad_reflect": "F.pad(input, (2, 1, 1, 2), mode='reflect')",
            "pad_replicate": "F.pad(input, (2, 1, 3, 0), mode='replicate')",
            "pad_circular": "F.pad(input, (2, 1, 0, 2), mode='circular')",
            "pad_constant": "F.pad(input, (2, -1, 1, 2), value=1.5)",
            "roll": "torch.roll(input, (1, -2), (0, 2))",
            "tile": "torch.tile(input, (2, 1, 1, 3))",
            "repeat_interleave": "torch.repeat_interleave(input, 2, dim=1)",
            "rot90": "torch.rot90(input, 1, (1, 2))",
            "rot270": "torch.rot90(input, 3, (0, 2))",
            "unfold": "input.unfold(2, 3, 1)",
            "triu": "torch.triu(input, 1)",
            "tril": "torch.tril(input, -1)",
            "diagonal": "torch.diagonal(input, 1, 1, 2)",
            "diagonal_below": "torch.diagonal(input, -1, 0, 2)",
            "diag_embed": "torch.diag_embed(input, -1)",
            "strided": "input[:, ::2, 1:3]",
            "flip": "torch.flip(input, (0, 2))",
            "movedim": "torch.movedim(input, 0, 2)"}.items():
        # The two last axes are images to F.pad: it wants a channel axis in front.
        golden.record(case, expression, input=x)


def numpy_cases(golden):
    x = golden.normal("numpy", (3, 4))
    golden.add("numpy_pad/input", x)
    widths = ((2, 1), (1, 3))
    for mode in ("edge", "reflect", "symmetric", "wrap", "mean"):
        golden.add(f"numpy_pad/{mode}", np.pad(x.astype(np.float64), widths, mode=mode))
    values = golden.normal("histogram", (200,))
    golden.add("numpy_histogram/input", values)
    counts, edges = np.histogram(values.astype(np.float64), bins=12)
    golden.add("numpy_histogram/counts", counts)
    golden.add("numpy_histogram/edges", edges)
    counts, _ = np.histogram(values.astype(np.float64), bins=7, range=(-1, 1.5))
    golden.add("numpy_histogram/ranged", counts)
