"""autocast.safetensors: one training step of small models under torch.autocast("cpu", torch.bfloat16).

Keys: "<model>/state/<name>", "<model>/input", "<model>/labels"; "<model>/logits", "<model>/loss" and
"<model>/grad/<name>" as autocast gives them, "<model>/exact/..." the same in float64. The metadata says
in which type each operation of a list gives its result.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from golden_file import GoldenFile
from models import fill, loaded


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.norm, self.fc2 = nn.Linear(20, 24), nn.LayerNorm(24), nn.Linear(24, 5)

    def forward(self, x):
        return self.fc2(self.norm(F.gelu(self.fc1(x))))


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn = nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.conv2, self.fc = nn.Conv2d(6, 8, 3, stride=2), nn.Linear(8, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn(self.conv1(x))), 2)
        return self.fc(F.relu(self.conv2(x)).mean((2, 3)))


class Attention(nn.Module):
    """A block of GPT-2 over given vectors, and the mean of its positions."""

    def __init__(self):
        super().__init__()
        self.ln1, self.qkv, self.proj = nn.LayerNorm(16), nn.Linear(16, 48), nn.Linear(16, 16)
        self.ln2, self.fc, self.out = nn.LayerNorm(16), nn.Linear(16, 32), nn.Linear(32, 16)
        self.head = nn.Linear(16, 5)

    def forward(self, x):
        batch, time, width = x.shape
        heads = [part.view(batch, time, 2, width // 2).transpose(1, 2)
                 for part in self.qkv(self.ln1(x)).split(width, 2)]
        y = F.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.proj(y.transpose(1, 2).reshape(batch, time, width))
        x = x + self.out(F.gelu(self.fc(self.ln2(x)), approximate="tanh"))
        return self.head(x.mean(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.LSTM(6, 18, 2), nn.Linear(18, 5)

    def forward(self, x):
        return self.head(self.rnn(x)[0].mean(0))


def make():
    golden = GoldenFile("autocast", __file__)
    for name, kind, shape, batch in (
            ("perceptron", Perceptron, (16, 20), 16), ("convolutions", Convolutions, (6, 2, 10, 10), 6),
            ("attention", Attention, (4, 12, 16), 4), ("recurrent", Recurrent, (7, 4, 6), 4)):
        add(golden, name, kind, shape, batch)
    golden.metadata["types"] = json.dumps(types(), sort_keys=True)
    return [golden]


def add(golden, case, kind, shape, batch):
    golden.describe(case, "loss = F.cross_entropy(module(input), labels), forward in autocast, backward outside")
    state = fill(golden, case, kind())
    x = golden.normal(f"{case}/input", shape)
    labels = np.arange(batch) * 3 % 5
    golden.add(f"{case}/input", x)
    golden.add(f"{case}/labels", labels)
    for prefix, dtype in (("", torch.float32), ("exact/", torch.float64)):
        module = loaded(kind, state, dtype)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.float32):
            logits = module(torch.tensor(x).to(dtype))
            loss = F.cross_entropy(logits, torch.tensor(labels))
        loss.backward()
        found = {"logits": logits, "loss": loss}
        found |= {f"grad/{name}": p.grad for name, p in module.named_parameters()}
        for name, tensor in found.items():
            golden.add(f"{case}/{prefix}{name}", tensor.detach().float().numpy())


def types():
    """Names of operations with the type of their result for bfloat16 operands, or of float32 ones."""
    x, w = torch.ones(4, 8), torch.ones(8, 8)
    b, picture, labels = x.bfloat16(), torch.ones(2, 3, 8, 8), torch.tensor([0, 1, 2, 3])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        results = {
            "matmul": x @ w, "linear": F.linear(x, w, w[0]), "conv2d": F.conv2d(picture, torch.ones(4, 3, 3, 3)),
            "conv_transpose2d": F.conv_transpose2d(picture, torch.ones(3, 4, 3, 3)),
            "attention": F.scaled_dot_product_attention(picture, picture, picture),
            "prelu": F.prelu(picture, torch.ones(3)), "relu": F.relu(b), "gelu": F.gelu(b),
            "add": b + x, "cat": torch.cat([b, x]), "where": torch.where(x > 0, b, x), "prod": b.prod(),
            "layer_norm": F.layer_norm(b, (8,), w[0], w[0]), "layer_norm float32": F.layer_norm(x, (8,)),
            "max_pool2d": F.max_pool2d(picture.bfloat16(), 2), "embedding": F.embedding(labels, w),
            "cross_entropy": F.cross_entropy(b, labels), "mse_loss": F.mse_loss(b, b),
            "matmul float64": x.double() @ w.double(),
            # In none of the lists: these keep their input's type, where Hebb gives float32.
            "softmax": F.softmax(b, -1), "exp": b.exp(), "log": b.log(), "pow": b ** 2, "sum": b.sum(),
            "mean": b.mean(),
        }
    return {name: str(y.dtype).removeprefix("torch.") for name, y in results.items()}
