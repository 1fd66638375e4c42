"""norms.safetensors: normalization, weight and spectral normalization, embeddings, bilinear forms."""
import numpy as np
from torch import nn
from torch.nn.utils import spectral_norm, weight_norm

from golden_file import GoldenFile
from module_cases import record_module


def make():
    golden = GoldenFile("norms", __file__)
    layers(golden)
    parametrizations(golden)
    lookups(golden)
    contrast(golden)
    return [golden]


def simple(module, x):
    return module(x["input"])


def layers(golden):
    spread = np.abs(golden.normal("spread", (4,))) + np.float32(0.5)
    cases = {
        "group_norm": (nn.GroupNorm(2, 4), (3, 4, 5)),
        "group_norm_2d": (nn.GroupNorm(2, 4, eps=1e-3), (3, 4, 2, 3)),
        "instance_norm": (nn.InstanceNorm2d(4, affine=True), (3, 4, 2, 3)),
        "instance_norm_tracked": (
            nn.InstanceNorm1d(4, affine=True, track_running_stats=True), (3, 4, 5)),
        "instance_norm_eval": (
            nn.InstanceNorm1d(4, affine=True, track_running_stats=True).eval(), (3, 4, 5)),
        "batch_norm3d": (nn.BatchNorm3d(4), (3, 4, 2, 1, 3)),
        "batch_norm1d_long": (nn.BatchNorm1d(4, momentum=None), (3, 4, 5)),
        "rms_norm": (nn.RMSNorm((5,)), (3, 4, 5)),
        "rms_norm_eps": (nn.RMSNorm((4, 5), eps=1e-2), (3, 4, 5)),
        "bilinear": (nn.Bilinear(4, 5, 3), None),
        "bilinear_no_bias": (nn.Bilinear(4, 5, 3, bias=False), None),
    }
    for case, (module, shape) in cases.items():
        seeds = {"running_var": spread} if "running_var" in module.state_dict() else None
        if shape is None:
            record_module(golden, case, module, lambda m, x: m(x["input"], x["second"]),
                          dict(input=(2, 3, 4), second=(2, 3, 5)))
        else:
            record_module(golden, case, module, simple, dict(input=shape), seeds=seeds)


def parametrizations(golden):
    record_module(golden, "weight_norm", weight_norm(nn.Linear(5, 4)), simple, dict(input=(3, 5)))
    record_module(golden, "weight_norm_all", weight_norm(nn.Linear(5, 4), dim=None), simple,
                  dict(input=(3, 5)))
    record_module(golden, "weight_norm_conv", weight_norm(nn.Conv2d(2, 3, 2)), simple,
                  dict(input=(2, 2, 4, 3)))
    for case, module, shape, rows, columns in (
            ("spectral_norm", nn.Linear(5, 4), (3, 5), 4, 5),
            ("spectral_norm_conv", nn.Conv2d(2, 3, 2), (2, 2, 4, 3), 3, 8)):
        u = golden.normal(f"{case}/u", (rows,))
        v = golden.normal(f"{case}/v", (columns,))
        seeds = {"weight_u": u / np.linalg.norm(u), "weight_v": v / np.linalg.norm(v)}
        record_module(golden, case, spectral_norm(module), simple, dict(input=shape), seeds=seeds)


def lookups(golden):
    table = np.array([[0, 3, 3, 1], [6, 1, 3, 1]], np.int64)
    record_module(golden, "embedding_padding", nn.Embedding(7, 4, padding_idx=3),
                  lambda m, x: m(x["indices"]), dict(indices=table))
    record_module(golden, "embedding_max_norm", nn.Embedding(7, 4, max_norm=1.0),
                  lambda m, x: m(x["indices"]), dict(indices=table))
    weights = golden.normal("bag/weights", (2, 4))
    for mode in ("sum", "mean", "max"):
        record_module(golden, f"bag_{mode}", nn.EmbeddingBag(7, 4, mode=mode, padding_idx=1),
                      lambda m, x: m(x["indices"]), dict(indices=table))
        record_module(golden, f"bag_{mode}_offsets", nn.EmbeddingBag(7, 4, mode=mode),
                      lambda m, x: m(x["indices"], x["offsets"]),
                      dict(indices=table.reshape(-1), offsets=np.array([0, 3, 3, 7], np.int64)))
    record_module(golden, "bag_weighted", nn.EmbeddingBag(7, 4, mode="sum"),
                  lambda m, x: m(x["indices"], per_sample_weights=x["weights"]),
                  dict(indices=table, weights=weights))


def contrast(golden):
    """The formulas in NumPy; local windows by plain loops."""
    x = golden.normal("contrast/input", (2, 3, 6, 5)) + np.float32(2)
    golden.add("contrast/input", x)
    wide = x.astype(np.float64)
    mean = wide.mean(axis=(1, 2, 3), keepdims=True)
    power = ((wide - mean) ** 2).mean(axis=(1, 2, 3), keepdims=True)
    golden.add("contrast/global",
               (1.5 * (wide - mean) / np.maximum(1e-8, np.sqrt(0.1 + power))).astype(np.float32))

    radius, sigma = 1, 0.75
    def local_mean(array):
        result = np.zeros((array.shape[0], 1, *array.shape[2:]))
        for i in range(array.shape[2]):
            for j in range(array.shape[3]):
                total, norm = 0.0, 0.0
                for p in range(-radius, radius + 1):
                    for q in range(-radius, radius + 1):
                        if 0 <= i + p < array.shape[2] and 0 <= j + q < array.shape[3]:
                            weight = np.exp(-(p * p + q * q) / (2 * sigma ** 2))
                            total = total + weight * array[:, :, i + p, j + q].mean(axis=1)
                            norm += weight
                result[:, 0, i, j] = total / norm
        return result
    centered = wide - local_mean(wide)
    deviation = np.sqrt(local_mean(centered ** 2))
    mean_deviation = deviation.mean(axis=(1, 2, 3), keepdims=True)
    golden.add("contrast/local",
               (centered / np.maximum(deviation, mean_deviation)).astype(np.float32))
    golden.describe("contrast", "Goodfellow 12.3 with s = 1.5, lambda = 0.1; Jarrett 2009, window 3")

    data = golden.normal("standardization/input", (20, 3)) * np.array([3, 0.1, 1], np.float32)
    data += np.array([5, -2, 0], np.float32)
    golden.add("standardization/input", data)
    wide = data.astype(np.float64)
    try:
        from sklearn.preprocessing import StandardScaler
        standard = StandardScaler().fit_transform(wide)
    except ImportError:  # the same formula
        standard = (wide - wide.mean(axis=0)) / wide.std(axis=0)
    golden.add("standardization/output", standard.astype(np.float32))
    golden.describe("standardization", "sklearn.preprocessing.StandardScaler().fit_transform")
