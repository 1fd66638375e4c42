"""Checkpoints of PyTorch in both of its formats, with what is in them; and files to be refused."""
import collections
import io
import os
import pathlib

import torch

from golden_file import FOLDER, GoldenFile, normal

HOME = FOLDER / "checkpoints"


class Opaque:
    """A file as PyTorch writes it. Its bytes depend on the version, so they are not compared."""

    def __init__(self, name, contents):
        self.path, self.contents = HOME / name, contents

    def write(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(self.contents)
        print(f"{self.path.name}: {len(self.contents)} bytes")

    def differences(self):
        return [] if self.path.exists() else [f"{self.path} is missing"]


def saved(value, is_zip=True, protocol=2):
    buffer = io.BytesIO()
    torch.save(value, buffer, pickle_protocol=protocol, _use_new_zipfile_serialization=is_zip)
    return buffer.getvalue()


def array(name, *shape):
    return torch.tensor(normal(f"checkpoints/{name}", shape))


def tensors():
    shared = array("shared", 12)
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    for index, parameter in enumerate(model.parameters()):
        parameter.data = array(f"parameter{index}", *parameter.shape)
    attributed = torch.nn.Parameter(array("attributed", 2))
    attributed.note = "an attribute"
    state = collections.OrderedDict(model.state_dict())
    state._metadata = collections.OrderedDict({"": {"version": 1}})
    return {
        "model": state,
        "types": {
            str(dtype).split(".")[1]: torch.tensor([0, 1, 2, 3, 100], dtype=dtype)
            for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64,
                          torch.int32, torch.int16, torch.int8, torch.uint8)},
        "bool": torch.tensor([True, False, True]),
        "negative": [torch.tensor([-1, -128], dtype=torch.int8),
                     torch.tensor([-2, -32768], dtype=torch.int16)],
        "views": (shared, shared[3:9], shared.view(3, 4).T, shared.view(3, 4)[:, ::2],
                  shared[5].expand(2, 3)),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(2, 0, 3),
        "channels_last": array("image", 2, 3, 2, 2).to(memory_format=torch.channels_last),
        "parameter": torch.nn.Parameter(array("alone", 2, 2)),
        "attributed": attributed,
    }


def values(model_state):
    return {
        "epoch": 17, "best": 0.5, "name": "naïve \"model\"\n", "done": True, "nothing": None,
        "large": 2 ** 40, "negative": -3, "short": 300, "huge": 2 ** 70, "bytes": b"\x00\x80",
        "size": torch.Size([2, 3]), "dtype": torch.float32, "device": torch.device("cuda:1"),
        "lists": [[1, 2], (), {"a": []}], 7: "seven", "set": {5},
        "counts": collections.Counter({"a": 2}),
        "groups": collections.defaultdict(list, {"x": [1]}),
    }


def flattened(value, path, found):
    if isinstance(value, torch.Tensor):
        found[path] = value.detach()
    elif isinstance(value, dict):
        for key, element in value.items():
            flattened(element, f"{path}.{key}" if path else str(key), found)
    elif isinstance(value, (list, tuple)):
        for key, element in enumerate(value):
            flattened(element, f"{path}.{key}" if path else str(key), found)


class Attack:
    """What a hostile file would have the reader run."""

    def __reduce__(self):
        return (os.system, ("echo executed",))


class Scripted(torch.nn.Module):
    def forward(self, x):
        return x + 1


def refused():
    yield "model", torch.nn.Linear(2, 1)
    yield "sparse", torch.eye(2).to_sparse()
    yield "complex", torch.tensor([1 + 2j])
    yield "quantized", torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)
    yield "attack", {"weight": torch.ones(2), "extra": Attack()}


def recurrent():
    """Stacks of recurrent layers with their states, in double precision."""
    golden = GoldenFile("checkpoints/recurrent", __file__)
    options = {
        "rnn": (torch.nn.RNN, {"nonlinearity": "relu"}),
        "lstm": (torch.nn.LSTM, {"num_layers": 2, "bidirectional": True}),
        "gru": (torch.nn.GRU, {"batch_first": True, "bias": False}),
    }
    for name, (kind, settings) in options.items():
        layer = kind(3, 2, **settings).double()
        with torch.no_grad():
            for key, parameter in layer.named_parameters():
                values = normal(f"recurrent/{name}/{key}", tuple(parameter.shape))
                parameter.copy_(torch.tensor(values))
                golden.add(f"{name}/state/{key}", values)
            x = normal(f"recurrent/{name}/input", (4, 2, 3))
            batch = x.shape[0 if settings.get("batch_first") else 1]
            count = settings.get("num_layers", 1) * (2 if settings.get("bidirectional") else 1)
            states = [normal(f"recurrent/{name}/{key}", (count, batch, 2))
                      for key in (("h0", "c0") if name == "lstm" else ("h0",))]
            given = [torch.tensor(state).double() for state in states]
            output, last = layer(
                torch.tensor(x).double(), tuple(given) if name == "lstm" else given[0])
        golden.add(f"{name}/in/input", x)
        for key, state in zip(("h0", "c0"), states):
            golden.add(f"{name}/in/{key}", state)
        golden.add(f"{name}/out/output", output.numpy().astype("float32"))
        for key, state in zip(("hn", "cn"), last if name == "lstm" else (last,)):
            golden.add(f"{name}/out/{key}", state.numpy().astype("float32"))
        golden.describe(name, f"{kind.__name__}(3, 2, {settings})")
    return golden


def make():
    contents = tensors()
    contents["values"] = values(contents)
    expected = GoldenFile("checkpoints/expected", __file__)
    found = {}
    flattened(contents, "", found)
    wide = {torch.int8: torch.int32, torch.int16: torch.int32}
    import numpy as np
    for name, tensor in found.items():
        if tensor.dtype == torch.bfloat16:
            # NumPy has no bfloat16; its values are exact as float32.
            expected.add(name + " as float32", tensor.to(torch.float32).numpy())
            continue
        expected.add(name, np.array(tensor.to(wide.get(tensor.dtype, tensor.dtype)).numpy()))
    files = [expected, recurrent(),
             Opaque("zip.pt", saved(contents)), Opaque("legacy.pt", saved(contents, is_zip=False)),
             Opaque("protocol4.pt", saved(contents, protocol=4)),
             Opaque("tensor.pt", saved(array("plain", 2, 3), is_zip=False)),
             Opaque("list.pt", saved([array("first", 2), array("second", 1)]))]
    for name, value in refused():
        files.append(Opaque(f"refused_{name}.pt", saved(value, is_zip=False)))
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(Scripted()), buffer)
    files.append(Opaque("refused_script.pt", buffer.getvalue()))
    return files
