"""resnet.safetensors: residual networks, whose many weights are not stored but made by a formula.

Element i of the tensor called `name` starts from u = (mix(i · 0x9e3779b9 + fnv1a(name)) >> 8) / 2^24 - 1/2,
where mix is the finalizer of MurmurHash3; `state` below says what becomes of u. Tests make the same.

Keys: "<model>/logits"; of models in training mode also "<model>/loss", and "<model>/slope/<name>", the
product of the parameter's gradient with u of "slope/<name>".
"""
import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torchvision.models.resnet import Bottleneck, conv1x1

from golden_file import GoldenFile


def noise(name, shape):
    """u of a tensor, exact in float32."""
    with np.errstate(over="ignore"):
        seed = np.uint32(2166136261)
        for byte in name.encode():
            seed = (seed ^ np.uint32(byte)) * np.uint32(16777619)
        h = np.arange(np.prod(shape, dtype=np.int64), dtype=np.uint32) * np.uint32(0x9E3779B9) + seed
        h = (h ^ (h >> 16)) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> 13)) * np.uint32(0xC2B2AE35)
        h ^= h >> 16
    return ((h >> 8).astype(np.float32) / np.float32(2**24) - np.float32(0.5)).reshape(shape)


def state(module):
    """The state dictionary of a model by the formula."""
    found = {}
    for name, tensor in module.state_dict().items():
        if not tensor.is_floating_point():
            found[name] = torch.zeros_like(tensor)
            continue
        u = noise(name, tuple(tensor.shape))
        if tensor.ndim > 1:
            fan = np.prod(tensor.shape[1:])
            value = u * np.float32(np.sqrt((24 if tensor.ndim == 4 else 12) / fan))
        elif name.endswith("running_var"):
            value = u + np.float32(1)
        elif name.endswith("weight"):
            value = np.float32(0.5) * u + np.float32(0.5)
        else:
            value = np.float32(0.25) * u
        found[name] = torch.tensor(value)
    return found


class BookBlock(nn.Module):
    """d2l §8.6: convolutions with bias, a 1x1 convolution without norm on the shortcut."""

    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride != 1 or inputs != channels:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, channels, 1, stride))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class BookResNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 7, 2, 3)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for stage in range(4):
            channels = width << stage
            blocks = [BookBlock(inputs, channels, 2 if stage else 1), BookBlock(channels, channels, 1)]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
            inputs = channels
        self.fc = nn.Linear(inputs, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.fc(self.layer4(self.layer3(self.layer2(self.layer1(x)))).mean((2, 3)))


class SmallBlock(nn.Module):
    """He et al. 2016, §4.2, with option A: shortcuts without parameters."""

    def __init__(self, inputs, channels):
        super().__init__()
        self.grown = channels - inputs
        self.conv1 = nn.Conv2d(inputs, channels, 3, 2 if self.grown else 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.grown:
            half = self.grown // 2
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, half, half))
        return F.relu(y + x)


class SmallResNet(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        for stage, (inputs, channels) in enumerate([(16, 16), (16, 32), (32, 64)]):
            blocks = [SmallBlock(channels if i else inputs, channels) for i in range((depth - 2) // 6)]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


def make():
    golden = GoldenFile("resnet", __file__)
    for depth in (18, 34, 50, 101, 152):
        add(golden, f"resnet{depth}", f"torchvision.models.resnet{depth}(num_classes=10)",
            lambda: getattr(torchvision.models, f"resnet{depth}")(num_classes=10), (2, 3, 64, 40))
    add(golden, "small20", "SmallResNet(20)", lambda: SmallResNet(20), (2, 3, 32, 24))
    add(golden, "small8_train", "SmallResNet(8)", lambda: SmallResNet(8), (3, 3, 12, 8), [3, 0, 9])
    add(golden, "book18_train", "BookResNet(8)", lambda: BookResNet(8), (4, 1, 48, 64), [3, 0, 9, 5])
    add(golden, "bottleneck_train",
        "torchvision Bottleneck(16, 8, 2, Sequential(conv1x1(16, 32, 2), BatchNorm2d(32))), means over "
        "the pixels of its output",
        lambda: Bottleneck(16, 8, 2, nn.Sequential(conv1x1(16, 32, 2), nn.BatchNorm2d(32))),
        (3, 16, 10, 12), [3, 0, 9])
    return [golden]


def add(golden, case, text, make_module, shape, labels=None):
    """Logits in use, or with labels: logits, cross-entropy and slopes in training mode."""
    golden.describe(case, f"{text}, {'training' if labels else 'use'}, images {list(shape)}"
                    + (f", labels {labels}" if labels else ""))
    images = noise("input", shape) * np.float32(np.sqrt(12))

    def compute(dtype):
        module = make_module()
        module.load_state_dict(state(module))
        module = module.to(dtype).train(labels is not None)
        x = torch.tensor(images).to(dtype)
        if labels is None:
            with torch.no_grad():
                return {f"{case}/logits": module(x)}
        logits = module(x)
        if logits.ndim == 4:
            logits = logits.mean((2, 3))
        loss = F.cross_entropy(logits, torch.tensor(labels))
        loss.backward()
        found = {f"{case}/logits": logits, f"{case}/loss": loss}
        for name, p in module.named_parameters():
            if "conv" in name and name.endswith("bias"):
                continue  # the norm behind it takes it away: 0 but for rounding
            direction = torch.tensor(noise(f"slope/{name}", tuple(p.shape))).to(dtype)
            found[f"{case}/slope/{name}"] = (p.grad * direction).sum()
        return found

    golden.add_computed(compute)
