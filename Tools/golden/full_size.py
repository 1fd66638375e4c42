"""Compares models in full size with transformers and torchvision, by `hebb run`:

    python full_size.py ../../.build/release/hebb-cli [gpt2] [bert] [resnet]

Weights are random, seeded, saved by the other library and loaded by Hebb by name. Prints the largest
differences from double precision, of Hebb and of PyTorch in single precision; ends with status 1 where
Hebb's is above 1e-4 and above twice PyTorch's (random weights of a hundred layers magnify roundings).
Needs half a minute and 2 GB for each family.
"""
import pathlib
import subprocess
import sys
import tempfile

import torch
import torchvision
import transformers
from safetensors.torch import load_file, save_file

BOUND = 1e-4


def main(program, families):
    unknown = set(families) - set(FAMILIES)
    if unknown:
        sys.exit(f"expected {', '.join(FAMILIES)}, found {', '.join(sorted(unknown))}")
    torch.manual_seed(0)
    failed = False
    for family in families or FAMILIES:
        for name, model, inputs, visible in FAMILIES[family]():
            failed |= not agrees(program, family, name, model.eval(), inputs, visible)
    sys.exit(failed)


def tokens(config, *shape):
    return torch.randint(0, config.vocab_size, shape)


def gpt2():
    config = transformers.GPT2Config()
    model = transformers.GPT2LMHeadModel(config)
    yield "gpt2", model, dict(input_ids=tokens(config, 1, 1024)), None
    left = torch.ones(2, 200, dtype=torch.long)
    left[1, :77] = 0
    places = (left.cumsum(1) - 1).clamp(min=0)
    # What stands at padding means nothing.
    yield ("gpt2", transformers.GPT2Model(config),
           dict(input_ids=tokens(config, 2, 200), attention_mask=left, position_ids=places), left)


def bert():
    config = transformers.BertConfig()
    right = torch.ones(2, 200, dtype=torch.long)
    right[1, 123:] = 0
    segments = torch.zeros(2, 200, dtype=torch.long)
    segments[:, 90:] = 1
    padded = dict(attention_mask=right, token_type_ids=segments)
    model = transformers.BertModel(config)
    yield "bert", model, dict(input_ids=tokens(config, 1, 512)), None
    yield "bert", model, dict(input_ids=tokens(config, 2, 200), **padded), None
    head = transformers.BertForMaskedLM(config)
    yield "bert", head, dict(input_ids=tokens(config, 2, 200), **padded), None


def resnet():
    for depth in (18, 34, 50, 101, 152):
        model = torchvision.models.get_model(f"resnet{depth}")
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 1.0
        images = torch.randn(2, 3, 224, 224)
        with torch.no_grad():  # statistics of these images: numbers stay near 1 through all layers
            model.train()(images)
        yield f"resnet{depth}", model, dict(input=images), None


FAMILIES = dict(gpt2=gpt2, bert=bert, resnet=resnet)


def agrees(program, family, name, model, inputs, visible):
    """Whether Hebb's outputs are those of double precision; visible tells which mean anything."""
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        folder = pathlib.Path(folder)
        command = [program, "run", name, "--weights", folder / "model.safetensors",
                   "--input", folder / "in.safetensors", "--output", folder / "out.safetensors"]
        save_file(inputs, folder / "in.safetensors")
        if family == "resnet":
            save_file(model.state_dict(), folder / "model.safetensors")
        else:
            model.save_pretrained(folder)
            command += ["--config", folder / "config.json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = load_file(folder / "out.safetensors")
        single, exact = outputs(model, inputs), outputs(model.double(), inputs)
        model.float()
    agree = True
    for key, expected in exact.items():
        def error(array):
            error = (array - expected).abs()
            return (error if visible is None else error * visible[..., None]).max().item()
        ours, theirs = error(found[key]), error(single[key])
        agree &= ours <= max(BOUND, 2 * theirs)
        kind = type(model).__name__ if family != "resnet" else name
        print(f"{kind} {key} {list(expected.shape)}, up to {expected.abs().max():.3g}: "
              f"Hebb {ours:.1e}, PyTorch {theirs:.1e}", flush=True)
    return agree


def outputs(model, inputs):
    dtype = next(model.parameters()).dtype
    inputs = {key: value.to(dtype) if value.is_floating_point() else value
              for key, value in inputs.items()}
    if "input" in inputs:
        return dict(output=model(inputs["input"]))
    return {key: value for key, value in model(**inputs).items()
            if isinstance(value, torch.Tensor)}


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
