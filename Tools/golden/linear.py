"""linear.safetensors: factorizations, solutions, norms and Fourier transforms, in float64.

Expressions do not depend on what is free in a factorization (signs of vectors): a product of the
factors with weights between them is compared instead.
"""
import numpy as np
import torch

from golden_file import GoldenFile, generator

L = "torch.linalg."
SYMMETRIC = "(input + input.mT)"
POSITIVE = "(input @ input.mT + torch.eye(input.shape[-1], dtype=input.dtype))"
SVD = "(lambda f: f[0] * torch.arange(1., 4., dtype=input.dtype) @ f[2])(" \
      "torch.linalg.svd(input, full_matrices=False))"
QR = "(lambda f: f[0] * torch.arange(1., 4., dtype=input.dtype) @ f[1])(torch.linalg.qr(input))"
COMPLEX = "torch.complex(input, imaginary)"
REAL = "torch.view_as_real"

CASES = {
    "eigh_values": (f"{L}eigvalsh({SYMMETRIC})", dict(input=(2, 4, 4))),
    "eigh_vectors": (
        "(lambda f: f[1] * torch.arange(1., 5., dtype=input.dtype) @ f[1].mT)("
        f"{L}eigh({SYMMETRIC}))", dict(input=(2, 4, 4))),
    "svd_values": (f"{L}svdvals(input)", dict(input=(2, 5, 3))),
    "svd_tall": (SVD, dict(input=(2, 5, 3))),
    "svd_wide": (SVD, dict(input=(3, 5))),
    "qr_tall": (QR, dict(input=(2, 5, 3))),
    "qr_wide": (QR, dict(input=(3, 5))),
    "cholesky": (f"{L}cholesky({POSITIVE})", dict(input=(2, 4, 4))),
    "lu": ("(lambda f: f[1] + 2 * f[2])(torch.linalg.lu(input))", dict(input=(2, 4, 4))),
    "solve": (f"{L}solve(input, right)", dict(input=(2, 4, 4), right=(4, 3))),
    "solve_vector": (f"{L}solve(input, right)", dict(input=(4, 4), right=(4,))),
    "triangular": (
        f"{L}solve_triangular(input.triu() + 2 * torch.eye(4, dtype=input.dtype), right, upper=True)",
        dict(input=(2, 4, 4), right=(2, 4, 3))),
    "lstsq": (f"{L}lstsq(input, right).solution", dict(input=(6, 3), right=(6, 2))),
    "lstsq_wide": (f"{L}pinv(input) @ right", dict(input=(3, 6), right=(3, 2))),
    "inverse": (f"{L}inv(input)", dict(input=(2, 4, 4))),
    "pinv": (f"{L}pinv(input)", dict(input=(2, 5, 3))),
    "pinv_low_rank": (
        f"{L}pinv(input @ right, rcond=1e-10)", dict(input=(5, 2), right=(2, 4))),
    "det": (f"{L}det(input)", dict(input=(3, 4, 4))),
    "slogdet": (f"{L}slogdet(input)[1]", dict(input=(3, 4, 4))),
    "expm": (f"{L}matrix_exp(input)", dict(input=(2, 4, 4))),
    "expm_large": (f"{L}matrix_exp(8 * input)", dict(input=(4, 4))),
    "power": (f"{L}matrix_power(input, 5)", dict(input=(4, 4))),
    "power_negative": (f"{L}matrix_power(input, -3)", dict(input=(4, 4))),
    "norm_frobenius": (f"{L}matrix_norm(input)", dict(input=(2, 4, 3))),
    "norm_nuclear": (f"{L}matrix_norm(input, 'nuc')", dict(input=(2, 4, 3))),
    "norm_spectral": (f"{L}matrix_norm(input, 2)", dict(input=(2, 4, 3))),
    "norm_one": (f"{L}matrix_norm(input, 1)", dict(input=(2, 4, 3))),
    "norm_infinity": (f"{L}matrix_norm(input, float('inf'))", dict(input=(2, 4, 3))),
    "fft": (f"{REAL}(torch.fft.fft({COMPLEX}))", dict(input=(2, 12), imaginary=(2, 12))),
    "fft_prime": (f"{REAL}(torch.fft.fft({COMPLEX}))", dict(input=(37,), imaginary=(37,))),
    "ifft": (f"{REAL}(torch.fft.ifft({COMPLEX}))", dict(input=(3, 10), imaginary=(3, 10))),
    "fft_axis": (
        f"{REAL}(torch.fft.fft({COMPLEX}, dim=0))", dict(input=(6, 2), imaginary=(6, 2))),
    "rfft_even": (f"{REAL}(torch.fft.rfft(input))", dict(input=(2, 16))),
    "rfft_odd": (f"{REAL}(torch.fft.rfft(input))", dict(input=(2, 15))),
    "irfft_even": (
        f"torch.fft.irfft({COMPLEX}, n=16)", dict(input=(2, 9), imaginary=(2, 9))),
    "irfft_odd": (f"torch.fft.irfft({COMPLEX}, n=15)", dict(input=(2, 8), imaginary=(2, 8))),
    "fft2": (f"{REAL}(torch.fft.fft2({COMPLEX}))", dict(input=(2, 4, 6), imaginary=(2, 4, 6))),
    "ifft2": (f"{REAL}(torch.fft.ifft2({COMPLEX}))", dict(input=(4, 6), imaginary=(4, 6))),
}


def make():
    golden = GoldenFile("linear", __file__)
    for case, (expression, shapes) in CASES.items():
        golden.describe(case, expression)
        leaves = {}
        for name, shape in shapes.items():
            array = generator(f"linear/{case}/{name}").standard_normal(shape)
            golden.add(f"{case}/{name}", array)
            leaves[name] = torch.tensor(array, requires_grad=True)
        output = eval(expression, {"torch": torch, **leaves})
        cotangent = generator(f"linear/{case}/cotangent").standard_normal(tuple(output.shape))
        gradients = torch.autograd.grad(output, list(leaves.values()), torch.tensor(cotangent))
        golden.add(f"{case}/output", output.detach().numpy())
        golden.add(f"{case}/cotangent", cotangent)
        for name, gradient in zip(leaves, gradients):
            golden.add(f"{case}/grad_{name}", gradient.numpy())
    eig(golden)
    jacobians(golden)
    regression(golden)
    return [golden]


def eig(golden):
    """Eigenvalues of a general matrix in descending order of real, then imaginary part."""
    golden.describe("eig", "numpy.linalg.eigvals, sorted")
    matrix = generator("linear/eig/input").standard_normal((5, 5))
    values = sorted(np.linalg.eigvals(matrix), key=lambda z: (-z.real, -z.imag))
    golden.add("eig/input", matrix)
    golden.add("eig/real", np.array([z.real for z in values]))
    golden.add("eig/imaginary", np.array([z.imag for z in values]))


def jacobians(golden):
    """torch.autograd.functional.jacobian and hessian of a two-layer network."""
    weights = {"w1": (4, 3), "w2": (2, 4)}
    tensors = {}
    for name, shape in weights.items():
        array = generator(f"linear/network/{name}").standard_normal(shape)
        golden.add(f"network/{name}", array)
        tensors[name] = torch.tensor(array)
    x = generator("linear/network/x").standard_normal(3)
    golden.add("network/x", x)
    network = lambda x: torch.tanh(tensors["w2"] @ torch.tanh(tensors["w1"] @ x))
    loss = lambda x: (network(x) ** 2).sum()
    point = torch.tensor(x)
    golden.describe("network", "tanh(w2 tanh(w1 x)); hessian of the sum of squares")
    golden.add("network/jacobian", torch.autograd.functional.jacobian(network, point).numpy())
    golden.add("network/hessian", torch.autograd.functional.hessian(loss, point).numpy())


def regression(golden):
    """Ridge regression on data of rank 3 in 5 features, and ZCA whitening by way of PCA."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import Ridge
    x = generator("linear/ridge/a").standard_normal((12, 3)) \
        @ generator("linear/ridge/b").standard_normal((3, 5))
    y = generator("linear/ridge/y").standard_normal(12)
    golden.describe("ridge", "sklearn.linear_model.Ridge(0.5, fit_intercept=False, solver='svd')")
    golden.add("ridge/x", x)
    golden.add("ridge/y", y)
    golden.add("ridge/weights", Ridge(0.5, fit_intercept=False, solver="svd").fit(x, y).coef_)
    mixed = generator("linear/zca/a").standard_normal((60, 4)) \
        @ generator("linear/zca/b").standard_normal((4, 4)) + 3
    pca = PCA(whiten=True, svd_solver="full").fit(mixed)
    golden.describe("zca", "sklearn.decomposition.PCA(whiten=True), turned back by its components")
    golden.add("zca/x", mixed)
    golden.add("zca/output", pca.transform(mixed) @ pca.components_)
