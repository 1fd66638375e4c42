"""What the golden scripts share: reproducible random arrays, recorded gradients, and the files.

Everything is computed by PyTorch in float64 from float32 inputs and rounded once when it is stored,
so that a difference in a test is the tested code's own error. Each calculation is repeated in
float32; the largest error of that run is kept in the file's metadata (`torch_float32_error`), as a
measure of what a float32 implementation can be asked for.
"""
import json
import pathlib
import zlib

import numpy as np
import safetensors.numpy
import torch
import torch.nn.functional as F

SEED = 20251121
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Goldens"
CHECK_TOLERANCE = 1e-6  # relative to a tensor's largest magnitude; float32 spacing is 1.2e-7


def generator(name):
    """A generator of its own for each name, so that a new case leaves the others as they are."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def normal(name, shape, scale=1.0):
    """A float32 array of normal deviates, the same for the same name."""
    return (generator(name).standard_normal(shape) * scale).astype(np.float32)


def relative_error(actual, expected):
    """The largest difference, relative to the largest magnitude expected."""
    if expected.size == 0:
        return 0.0
    difference = np.abs(actual.astype(np.float64) - expected.astype(np.float64)).max()
    return float(difference / max(np.abs(expected).max(), np.finfo(np.float32).tiny))


def ordered(contents):
    """A safetensors file with its metadata sorted: the library writes them in random order."""
    end = 8 + int.from_bytes(contents[:8], "little")
    header = json.loads(contents[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data begin at a multiple of 8
    return len(text).to_bytes(8, "little") + text + contents[end:]


class GoldenFile:
    """The tensors and metadata of one `Tests/Goldens/<name>.safetensors`."""

    def __init__(self, name, script):
        self.name = name
        self.tensors = {}
        self.float32_error = 0.0
        self.metadata = {
            "library": "torch", "version": torch.__version__, "numpy": np.__version__,
            "script": f"Tools/golden/{pathlib.Path(script).name}", "seed": str(SEED)}

    def normal(self, name, shape, scale=1.0):
        """`normal`, seeded by this file's name too."""
        return normal(f"{self.name}/{name}", shape, scale)

    def add(self, name, array):
        """Stores an array. Keys are unique: a repeated one is a mistake in a script."""
        if name in self.tensors:
            raise KeyError(f"{self.name} already has a tensor named {name}")
        # np.ascontiguousarray would turn rank 0 into rank 1.
        self.tensors[name] = np.array(array, order="C")

    def describe(self, case, text):
        """Metadata: what was computed for a case."""
        self.metadata[case] = text

    def add_computed(self, compute):
        """Stores what `compute(dtype)` returns in float64, rounded to float32.

        compute: a function from a torch dtype to a dictionary of tensors.
        """
        exact, single = compute(torch.float64), compute(torch.float32)
        for name, tensor in exact.items():
            value = tensor.detach().numpy()
            error = relative_error(single[name].detach().numpy(), value)
            self.float32_error = max(self.float32_error, error)
            self.add(name, value.astype(np.float32))

    def record(self, case, expression, outputs=("output",), constant=(), state=(), **inputs):
        """Evaluates an expression over named inputs and stores inputs, outputs and gradients.

        case: the prefix of every stored key, and the metadata key of the expression.
        expression: Python, over `torch`, `F` (torch.nn.functional) and the inputs' names.
        outputs: names of the results; a result of rank 0 needs no cotangent, another gets a random
            one, stored under the name with "cotangent" for "output".
        constant: names of float inputs whose gradient is not wanted (integer inputs have none).
        state: names of constants that the expression overwrites; stored again as "<name>_after".
        inputs: an array, or a shape that is then filled with normal deviates.
        """
        arrays = {}
        for name, value in inputs.items():
            array = self.normal(f"{case}/{name}", value) if isinstance(value, tuple) else value
            arrays[name] = array
            self.add(f"{case}/{name}", array)
        wanted = [name for name, array in arrays.items()
                  if array.dtype == np.float32 and name not in constant and name not in state]
        cotangents = {}

        def compute(dtype):
            leaves = {}
            for name, array in arrays.items():
                leaf = torch.tensor(array)
                leaves[name] = leaf.to(dtype) if leaf.is_floating_point() else leaf
                leaves[name].requires_grad_(name in wanted)
            result = eval(expression, {"torch": torch, "F": F} | leaves)
            values = result if isinstance(result, tuple) else (result,)
            seeds = []
            for name, value in zip(outputs, values, strict=True):
                if value.ndim == 0:
                    seeds.append(torch.ones((), dtype=dtype))
                    continue
                key = f"{case}/{name.replace('output', 'cotangent')}"
                cotangents.setdefault(key, self.normal(key, tuple(value.shape)))
                seeds.append(torch.tensor(cotangents[key]).to(dtype))
            gradients = torch.autograd.grad(values, [leaves[name] for name in wanted], seeds)
            found = dict(zip(outputs, values))
            found |= {f"grad_{name}": gradient for name, gradient in zip(wanted, gradients)}
            found |= {f"{name}_after": leaves[name] for name in state}
            return {f"{case}/{name}": tensor for name, tensor in found.items()}

        self.describe(case, expression)
        self.add_computed(compute)
        for key, cotangent in cotangents.items():
            self.add(key, cotangent)

    @property
    def path(self):
        return FOLDER / f"{self.name}.safetensors"

    def write(self):
        """Writes the file and says what is in it."""
        if self.float32_error > 0:
            self.metadata["torch_float32_error"] = f"{self.float32_error:.1e}"
        FOLDER.mkdir(parents=True, exist_ok=True)
        contents = ordered(safetensors.numpy.save(self.tensors, metadata=self.metadata))
        self.path.write_bytes(contents)
        print(f"{self.path.name}: {len(self.tensors)} tensors, {len(contents)} bytes, "
              f"torch's own float32 error {self.float32_error:.1e}")

    def differences(self):
        """What the file on disk and the tensors made now disagree in, as sentences."""
        if not self.path.exists():
            return [f"{self.path.name}: missing"]
        stored = safetensors.numpy.load_file(self.path)
        problems = [f"{self.path.name}: {name} is in only one of the two"
                    for name in sorted(stored.keys() ^ self.tensors.keys())]
        for name in sorted(stored.keys() & self.tensors.keys()):
            old, new = stored[name], self.tensors[name]
            if old.dtype != new.dtype or old.shape != new.shape:
                problems.append(f"{self.path.name}: {name} is {old.dtype} {old.shape}, "
                                f"was made as {new.dtype} {new.shape}")
                continue
            finite = np.isfinite(new)
            same = np.array_equal(old[~finite], new[~finite], equal_nan=new.dtype.kind == "f")
            error = relative_error(old[finite], new[finite])
            if not same or not error <= CHECK_TOLERANCE:
                problems.append(f"{self.path.name}: {name} differs by {error:.1e}")
        return problems
