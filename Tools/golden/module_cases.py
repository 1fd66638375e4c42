"""Cases that are calls of a torch module, with the gradients of its parameters and inputs."""
import numpy as np
import torch


def record_module(golden, case, module, call, inputs, outputs=("output",), constant=(), seeds=None):
    """Stores parameters, buffers, inputs, outputs and gradients of one call, in training mode.

    module: built once; its parameters and buffers are replaced by normal deviates of the case.
    call: from the module and the tensors by name to a tensor or a tuple of them.
    inputs: arrays by name, or shapes that are filled with normal deviates.
    constant: inputs whose gradient is not wanted.
    seeds: values for some parameters or buffers by name.
    """
    arrays = {}
    for name, value in inputs.items():
        is_shape = isinstance(value, tuple)
        arrays[name] = golden.normal(f"{case}/{name}", value) if is_shape else value
        golden.add(f"{case}/{name}", arrays[name])
    state = {}
    for name, tensor in module.state_dict().items():
        if not tensor.is_floating_point():
            continue
        given = (seeds or {}).get(name)
        if given is None:
            scale = 0.5 if tensor.ndim > 1 else 0.3
            given = golden.normal(f"{case}/{name}", tuple(tensor.shape), scale)
            if tensor.ndim == 1 and name.endswith("weight"):
                given = given + np.float32(1)
        state[name] = given
        golden.add(f"{case}/{name}", given)
    wanted = [name for name, array in arrays.items()
              if array.dtype == np.float32 and name not in constant]
    cotangents = {}

    def compute(dtype):
        module.to(dtype)
        values = {name: torch.tensor(array).to(dtype) for name, array in state.items()}
        counts = {name: torch.zeros_like(tensor) for name, tensor in module.state_dict().items()
                  if not tensor.is_floating_point()}
        module.load_state_dict(values | counts)
        leaves = {}
        for name, array in arrays.items():
            leaf = torch.tensor(array)
            leaves[name] = leaf.to(dtype) if leaf.is_floating_point() else leaf
            leaves[name].requires_grad_(name in wanted)
        result = call(module, leaves)
        values = result if isinstance(result, tuple) else (result,)
        grads = []
        for name, value in zip(outputs, values, strict=True):
            key = f"{case}/cotangent_{name}"
            cotangents.setdefault(key, golden.normal(key, tuple(value.shape)))
            grads.append(torch.tensor(cotangents[key]).to(dtype))
        parameters = dict(module.named_parameters())
        slopes = torch.autograd.grad(
            values, [leaves[name] for name in wanted] + list(parameters.values()), grads)
        found = dict(zip(outputs, values))
        found |= {f"grad_{name}": slope for name, slope in zip([*wanted, *parameters], slopes)}
        found |= {f"{name}_after": buffer for name, buffer in module.named_buffers()
                  if buffer.is_floating_point()}
        return {f"{case}/{name}": tensor.clone() for name, tensor in found.items()}

    text = " ".join(repr(module).split())
    golden.describe(case, text if len(text) < 300 else type(module).__name__)
    golden.add_computed(compute)
    for key, cotangent in cotangents.items():
        golden.add(key, cotangent)
