"""lenet.safetensors and resnet_block.safetensors: whole networks in training mode.

Keys: "<model>/state/<name>" is the state dictionary before, under PyTorch's names;
"<model>/grad/<name>" the gradients; "<model>/after.../<name>" the state after.
"""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.resnet import BasicBlock, conv1x1

from golden_file import GoldenFile


class LeNet(nn.Module):
    """LeNet-5 as in Dive into Deep Learning, section 7.6: sigmoid and average pooling."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.avg_pool2d(torch.sigmoid(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.sigmoid(self.conv2(x)), 2).flatten(1)
        x = torch.sigmoid(self.fc1(x))
        return self.fc3(torch.sigmoid(self.fc2(x)))


def make():
    return [lenet(), resnet_block()]


def fill(golden, case, module):
    """Replaces a module's state by arrays that do not depend on torch's generator."""
    state = {}
    for name, tensor in module.state_dict().items():
        noise = golden.normal(f"{case}/{name}", tuple(tensor.shape))
        if not tensor.is_floating_point():
            state[name] = np.zeros(tensor.shape, np.int64)
        elif tensor.ndim > 1:  # Xavier's deviation, which keeps activations of order one
            fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(tensor)
            state[name] = noise * np.float32((2 / (fan_in + fan_out)) ** 0.5)
        elif name.endswith("running_var"):
            state[name] = 0.5 + np.abs(noise)
        elif "bn" in name and name.endswith("weight"):
            state[name] = 1 + np.float32(0.2) * noise
        else:
            state[name] = np.float32(0.1) * noise
        golden.add(f"{case}/state/{name}", state[name])
    return state


def loaded(make_module, state, dtype):
    """A module in training mode with the given state, in the given precision."""
    module = make_module().to(dtype)
    module.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    return module.train()


def lenet():
    golden = GoldenFile("lenet", __file__)
    golden.describe("lenet", "loss = F.cross_entropy(logits, labels); "
                    "losses and after_3_steps: torch.optim.SGD(lr=0.9), each step on this batch")
    state = fill(golden, "lenet", LeNet())
    images, labels = golden.normal("images", (4, 1, 28, 28)), np.array([3, 0, 9, 5], np.int64)
    golden.add("lenet/input", images)
    golden.add("lenet/labels", labels)

    def compute(dtype):
        module = loaded(LeNet, state, dtype)
        x, y = torch.tensor(images).to(dtype), torch.tensor(labels)
        optimizer = torch.optim.SGD(module.parameters(), lr=0.9)
        found, losses = {}, []
        for step in range(3):
            optimizer.zero_grad()
            logits = module(x)
            loss = F.cross_entropy(logits, y)
            loss.backward()
            losses.append(loss.detach())
            if step == 0:
                found |= {"lenet/logits": logits, "lenet/loss": loss}
                found |= {f"lenet/grad/{name}": p.grad.clone()
                          for name, p in module.named_parameters()}
            optimizer.step()
        found["lenet/losses"] = torch.stack(losses)
        return found | {f"lenet/after_3_steps/{name}": p
                        for name, p in module.named_parameters()}

    golden.add_computed(compute)
    return golden


def resnet_block():
    golden = GoldenFile("resnet_block", __file__)
    add_block(golden, "basic_block", "torchvision BasicBlock(8, 8), train mode",
              lambda: BasicBlock(8, 8), (3, 8, 6, 6))
    add_block(golden, "basic_block_downsample",
              "torchvision BasicBlock(8, 16, stride=2, downsample=Sequential(conv1x1(8, 16, 2), "
              "BatchNorm2d(16))), train mode",
              lambda: BasicBlock(8, 16, 2, nn.Sequential(conv1x1(8, 16, 2), nn.BatchNorm2d(16))),
              (3, 8, 6, 6))
    return golden


def add_block(golden, case, text, make_module, shape):
    golden.describe(case, text)
    state = fill(golden, case, make_module())
    image = golden.normal(f"{case}/input", shape)
    cotangent = {}

    def compute(dtype):
        module = loaded(make_module, state, dtype)
        x = torch.tensor(image).to(dtype).requires_grad_()
        output = module(x)
        if not cotangent:
            cotangent["value"] = golden.normal(f"{case}/cotangent", tuple(output.shape))
        output.backward(torch.tensor(cotangent["value"]).to(dtype))
        found = {f"{case}/output": output, f"{case}/grad_input": x.grad}
        found |= {f"{case}/grad/{name}": p.grad for name, p in module.named_parameters()}
        return found | {f"{case}/after/{name}": buffer for name, buffer in module.named_buffers()
                        if buffer.is_floating_point()}

    golden.add(f"{case}/input", image)
    golden.add_computed(compute)
    golden.add(f"{case}/cotangent", cotangent["value"])
