"""more_losses.safetensors: losses beyond the first ones, with gradients.

Where PyTorch has the loss, its function is called; the others are their formulas.
"""
import numpy as np

from golden_file import GoldenFile

SHAPE = (4, 5)


def make():
    golden = GoldenFile("more_losses", __file__)
    regression(golden)
    likelihood(golden)
    classification(golden)
    margins(golden)
    metric_learning(golden)
    segmentation(golden)
    boxes(golden)
    sequences(golden)
    generative(golden)
    return [golden, lasso()]


def lasso():
    """lasso.safetensors: scikit-learn's Lasso on its diabetes data, standardized."""
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import Lasso
    golden = GoldenFile("lasso", __file__)
    x, y = load_diabetes(return_X_y=True)
    x = (x * np.sqrt(len(x))).astype(np.float32)
    y = ((y - y.mean()) / y.std()).astype(np.float32)
    alphas = np.array([0.02, 0.1, 0.3], np.float32)
    weights = [Lasso(alpha=alpha, fit_intercept=False, tol=1e-12, max_iter=100000)
               .fit(x.astype(np.float64), y.astype(np.float64)).coef_ for alpha in alphas]
    golden.describe("diabetes", "sklearn.linear_model.Lasso(alpha, fit_intercept=False)")
    golden.add("diabetes/x", x)
    golden.add("diabetes/y", y)
    golden.add("diabetes/alphas", alphas)
    golden.add("diabetes/weights", np.array(weights, np.float32))
    return golden


def positive(golden, name, shape):
    return (0.3 + np.abs(golden.normal(name, shape))).astype(np.float32)


def unit(golden, name, shape):
    return (1 / (1 + np.exp(-golden.normal(name, shape)))).astype(np.float32)


def simplex(golden, name, shape):
    values = np.exp(golden.normal(name, shape))
    return (values / values.sum(-1, keepdims=True)).astype(np.float32)


def signs(golden, name, shape):
    return np.where(golden.normal(name, shape) > 0, 1, -1).astype(np.float32)


def regression(golden):
    weight = positive(golden, "weights", (4,))
    cases = {
        "rmse": "torch.sqrt(F.mse_loss(input, target))",
        "log_cosh": "torch.log(torch.cosh(input - target)).mean()",
        "mape": "((input - target).abs() / target.abs()).mean()",
        "quantile": "torch.maximum(0.8 * (target - input), -0.2 * (target - input)).mean()",
        "cosine": "(1 - F.cosine_similarity(input, target, dim=-1)).mean()",
        "mse_none": "F.mse_loss(input, target, reduction='none')",
    }
    for case, expression in cases.items():
        golden.record(case, expression, input=SHAPE, target=SHAPE)
    for case, expression in {
            "sse_weighted": "(weight[:, None] * (input - target) ** 2).sum()",
            "mse_weighted": "(weight[:, None] * (input - target) ** 2).sum() / (5 * weight.sum())",
            "l1_weighted": "(weight[:, None] * (input - target).abs()).sum() / (5 * weight.sum())",
            "huber_weighted": "(weight[:, None] * F.huber_loss(input, target, reduction='none'))"
                              ".sum() / (5 * weight.sum())",
    }.items():
        golden.record(case, expression, constant=("weight", "target"), input=SHAPE, target=SHAPE,
                      weight=weight)
    golden.record("msle", "F.mse_loss(torch.log1p(input), torch.log1p(target))",
                  input=positive(golden, "msle/input", SHAPE),
                  target=positive(golden, "msle/target", SHAPE))


def likelihood(golden):
    counts = np.floor(3 * np.abs(golden.normal("counts", SHAPE))).astype(np.float32)
    for case, options in (("poisson", ""), ("poisson_full", ", full=True")):
        golden.record(case, f"F.poisson_nll_loss(input, target{options})", constant=("target",),
                      input=SHAPE, target=counts)
    golden.record("poisson_rate", "F.poisson_nll_loss(input, target, log_input=False, full=True)",
                  constant=("target",), input=positive(golden, "poisson_rate/input", SHAPE),
                  target=counts)
    variance = positive(golden, "variance", SHAPE)
    variance[0, 0] = 1e-8  # below epsilon: PyTorch's slope goes on
    for case, options in (("gaussian", ""), ("gaussian_full", ", full=True")):
        golden.record(case, f"F.gaussian_nll_loss(input, target, variance{options}, eps=1e-2)",
                      input=SHAPE, target=SHAPE, variance=variance)


def classification(golden):
    label = np.array([2, 0, 4, 3], np.int64)
    soft = simplex(golden, "soft", SHAPE)
    weight = positive(golden, "class_weight", (5,))
    golden.record("cross_entropy_soft", "F.cross_entropy(input, target)", input=SHAPE, target=soft)
    golden.record("cross_entropy_soft_all",
                  "F.cross_entropy(input, target, weight, label_smoothing=0.1)",
                  constant=("weight",), input=SHAPE, target=soft, weight=weight)
    sample = positive(golden, "sample_weight", (4,))
    golden.record("cross_entropy_sample_weights",
                  "(sample * F.cross_entropy(input, target, weight, reduction='none')).sum()"
                  " / (sample * weight[target]).sum()",
                  constant=("weight", "sample"), input=SHAPE, target=label, weight=weight,
                  sample=sample)
    target = unit(golden, "unit", SHAPE)
    golden.record("bce_pos_weight",
                  "F.binary_cross_entropy_with_logits(input, target, pos_weight=weight)",
                  constant=("weight",), input=SHAPE, target=target, weight=weight)
    golden.record("bce_hundred", "F.binary_cross_entropy_with_logits(input, target)",
                  constant=("target",), input=np.array([100, -100, 100, -100], np.float32),
                  target=np.array([1, 0, 0, 1], np.float32))
    golden.record("bce_probabilities", "F.binary_cross_entropy(input, target)",
                  input=unit(golden, "bce/input", SHAPE), target=target)
    golden.record("kl_log_target", "F.kl_div(input, target, reduction='batchmean', log_target=True)",
                  input=np.log(soft), target=np.log(simplex(golden, "log_target", SHAPE)))
    hard = (golden.normal("hard", SHAPE) > 0).astype(np.float32)
    golden.record("focal_sigmoid",
                  "((0.25 * target + 0.75 * (1 - target)) * (1 - torch.sigmoid(input) * target"
                  " - torch.sigmoid(-input) * (1 - target)) ** 2"
                  " * F.binary_cross_entropy_with_logits(input, target, reduction='none')).mean()",
                  constant=("target",), input=SHAPE, target=hard)
    golden.record("focal_softmax",
                  "((1 - torch.exp(-F.cross_entropy(input, target, reduction='none'))) ** 1.5"
                  " * F.cross_entropy(input, target, reduction='none')).mean()",
                  input=SHAPE, target=label)
    golden.record("poly",
                  "(F.cross_entropy(input, target, reduction='none') + 2 * (1 - torch.exp("
                  "-F.cross_entropy(input, target, reduction='none')))).mean()",
                  input=SHAPE, target=label)


def margins(golden):
    sign = signs(golden, "signs", SHAPE)
    label = np.array([2, 0, 4, 3], np.int64)
    weight = positive(golden, "class_weight", (5,))
    golden.record("hinge", "torch.relu(1 - input * target).mean()", constant=("target",),
                  input=SHAPE, target=sign)
    golden.record("squared_hinge", "(torch.relu(1 - input * target) ** 2).mean()",
                  constant=("target",), input=SHAPE, target=sign)
    golden.record("soft_margin", "F.soft_margin_loss(input, target)", constant=("target",),
                  input=SHAPE, target=sign)
    golden.record("multi_margin", "F.multi_margin_loss(input, target)", input=SHAPE, target=label)
    golden.record("multi_margin_all",
                  "F.multi_margin_loss(input, target, p=2, margin=0.7, weight=weight)",
                  constant=("weight",), input=SHAPE, target=label, weight=weight)
    indices = np.array([[2, 0, -1, -1, -1], [1, -1, -1, -1, -1], [4, 3, 0, -1, -1],
                        [-1, -1, -1, -1, -1]], np.int64)
    golden.record("multilabel_margin", "F.multilabel_margin_loss(input, target)", input=SHAPE,
                  target=indices)


def metric_learning(golden):
    shape, pair = (6, 4), np.array([1, -1, -1, 1, -1, 1], np.float32)
    label = np.array([0, 1, 0, 2, 1, 0], np.int64)
    for case, options in (("triplet", ""), ("triplet_swap", ", margin=2.0, swap=True"),
                          ("triplet_one", ", p=1"), ("triplet_three", ", p=3.0")):
        golden.record(case, f"F.triplet_margin_loss(input, near, far{options})", input=shape,
                      near=shape, far=shape)
    golden.record("margin_ranking", "F.margin_ranking_loss(input, other, pair, margin=0.5)",
                  constant=("pair",), input=(6,), other=(6,), pair=pair)
    golden.record("cosine_embedding", "F.cosine_embedding_loss(input, other, pair, margin=-0.2)",
                  constant=("pair",), input=shape, other=shape, pair=pair)
    golden.record("contrastive",
                  "(same * F.pairwise_distance(input, other) ** 2 + (1 - same)"
                  " * torch.relu(3 - F.pairwise_distance(input, other)) ** 2).mean() / 2",
                  constant=("same",), input=shape, other=shape, same=(1 + pair) / 2)
    golden.record("nt_xent",
                  "(lambda z: F.cross_entropy((z @ z.T / 0.5).masked_fill("
                  "torch.eye(len(z), dtype=torch.bool), -torch.inf),"
                  " torch.arange(len(z)).roll(len(z) // 2)))("
                  "F.normalize(torch.cat([input, other]), dim=1))",
                  input=shape, other=shape)
    golden.record("circle",
                  "(lambda s, same, above: F.softplus("
                  "torch.logsumexp((8 * torch.relu(s.detach() + 0.25) * (s - 0.25))"
                  "[above & ~same], 0)"
                  " + torch.logsumexp((-8 * torch.relu(1.25 - s.detach()) * (s - 0.75))"
                  "[above & same], 0)))("
                  "F.normalize(input, dim=1) @ F.normalize(input, dim=1).T,"
                  " target[:, None] == target, torch.ones(6, 6).triu(1) > 0)",
                  input=shape, target=label)


def segmentation(golden):
    shape = (2, 3, 4, 5)
    target = (golden.normal("mask", shape) > 0).astype(np.float32)
    target[1, 2] = 0
    common, sums = "(input * target).sum((2, 3))", "input.sum((2, 3)) + target.sum((2, 3))"
    cases = {
        "dice": f"(1 - (2 * {common} + 1) / ({sums} + 1)).mean()",
        "generalized_dice":
            f"(lambda w: 1 - 2 * (w * {common}).sum(1) / (w * ({sums})).sum(1))("
            "1 / target.sum((2, 3)).clamp(min=1) ** 2).mean()",
        "tversky":
            f"(1 - ({common} + 1) / ({common} + 0.3 * (input * (1 - target)).sum((2, 3))"
            " + 0.7 * ((1 - input) * target).sum((2, 3)) + 1)).mean()",
        "iou": f"(1 - ({common} + 1) / ({sums} - {common} + 1)).mean()",
    }
    for case, expression in cases.items():
        golden.record(case, expression, constant=("target",), input=unit(golden, case, shape),
                      target=target)


def boxes(golden):
    corner = golden.normal("corner", (6, 2))
    size = positive(golden, "size", (6, 2))
    target = np.concatenate([corner, corner + size], 1)
    moved = corner + 0.2 * golden.normal("moved", (6, 2))
    moved[5] += 9  # apart
    box = np.concatenate([moved, moved + positive(golden, "other_size", (6, 2))], 1)
    split = ("(lambda a, b: (lambda i, u, h, d, e, v: {})("
             "(torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2]))"
             ".clamp(min=0).prod(1),"
             " (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1),"
             " (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])),"
             " (a[:, 2:] + a[:, :2] - b[:, 2:] - b[:, :2]).pow(2).sum(1) / 4, 1e-7,"
             " 4 / torch.pi ** 2 * (torch.atan((b[:, 2] - b[:, 0]) / (b[:, 3] - b[:, 1]))"
             " - torch.atan((a[:, 2] - a[:, 0]) / (a[:, 3] - a[:, 1]))) ** 2))(input, target)")
    plain = "1 - i / (u - i + e)"
    distance = f"{plain} + d / (h.pow(2).sum(1) + e)"
    for case, term in {
            "box_plain": plain,
            "box_generalized": f"{plain} + (h.prod(1) - (u - i)) / (h.prod(1) + e)",
            "box_distance": distance,
            "box_complete": f"{distance} + (v / (1 - i / (u - i + e) + v + e)).detach() * v",
    }.items():
        golden.record(case, split.format(f"({term}).mean()"), input=box, target=target)
    mask = np.repeat(np.array([[1], [0], [1], [1], [0], [1]], np.float32), 4, 1)
    golden.record("box_offsets",
                  "(mask * F.smooth_l1_loss(input, target, reduction='none')).sum()"
                  " / (mask.sum() / 4)",
                  constant=("mask", "target"), input=(6, 4), target=(6, 4), mask=mask)
    golden.record("multi_box",
                  "(F.cross_entropy(input.transpose(1, 2), label, reduction='none').mean(1)"
                  " + F.l1_loss(offset * mask, target * mask, reduction='none').mean(1)).mean()",
                  constant=("mask", "target"), input=(2, 3, 4),
                  label=np.array([[0, 2, 3], [1, 0, 0]], np.int64), offset=(2, 12),
                  target=(2, 12), mask=mask[:6].reshape(2, 12))


def sequences(golden):
    label = np.array([[1, 2, 2], [3, 1, 0], [4, 4, 4], [2, 0, 0]], np.int64)
    inputs, labels = np.array([9, 7, 6, 3], np.int64), np.array([3, 2, 3, 0], np.int64)
    for case, options in (("ctc_mean", ""), ("ctc_sum", ", reduction='sum'"),
                          ("ctc_none", ", reduction='none'")):
        golden.record(case, "F.ctc_loss(F.log_softmax(input, -1), target, lengths, label_lengths"
                      f"{options})", input=(9, 4, 5), target=label, lengths=inputs,
                      label_lengths=labels)
    # The third example needs five steps (a blank between equal labels) and has four.
    golden.record("ctc_zero_infinity",
                  "F.ctc_loss(F.log_softmax(input, -1), target, lengths, label_lengths, blank=4,"
                  " reduction='sum', zero_infinity=True)", input=(9, 4, 5),
                  target=np.array([[1, 2, 2], [3, 1, 0], [0, 0, 0], [2, 0, 0]], np.int64),
                  lengths=np.array([9, 2, 4, 3], np.int64), label_lengths=labels)
    golden.record("masked_cross_entropy",
                  "F.cross_entropy(input.transpose(1, 2),"
                  " target.masked_fill(torch.arange(4) >= lengths[:, None], -100))",
                  input=(3, 4, 5), target=np.array([[1, 2, 3, 4], [0, 4, 2, 2], [3, 3, 0, 1]]),
                  lengths=np.array([4, 1, 3], np.int64))


def generative(golden):
    shape = (4, 1)
    ones, zeros = "torch.ones_like", "torch.zeros_like"
    bce = "F.binary_cross_entropy_with_logits"
    for case, expression in {
            "gan_discriminator":
                f"{bce}(input, {ones}(input)) + {bce}(other, {zeros}(other))",
            "gan_hinge": "torch.relu(1 - input).mean() + torch.relu(1 + other).mean()",
            "gan_wasserstein": "other.mean() - input.mean()",
    }.items():
        golden.record(case, expression, input=shape, other=shape)
    golden.record("gan_minimax", "torch.log(1 - torch.sigmoid(input)).mean()", input=shape)
    golden.record("gan_non_saturating", f"{bce}(input, {ones}(input))", input=shape)
    golden.record("gradient_penalty",
                  "(lambda x: ((torch.autograd.grad((torch.tanh(x @ input) @ last).sum(), x,"
                  " create_graph=True)[0].norm(dim=1) - 1) ** 2).mean())("
                  "(share[:, None] * real + (1 - share[:, None]) * fake).requires_grad_())",
                  constant=("real", "fake", "share"), input=(3, 5), last=(5, 1), real=(4, 3),
                  fake=(4, 3), share=unit(golden, "share", (4,)))
    golden.record("gaussian_kl",
                  "torch.distributions.kl_divergence(torch.distributions.Normal(input,"
                  " torch.exp(logvar / 2)), torch.distributions.Normal(torch.zeros_like(input),"
                  " torch.ones_like(input))).sum(-1).mean()", input=SHAPE, logvar=SHAPE)
    golden.record("gaussian_kl_pair",
                  "torch.distributions.kl_divergence(torch.distributions.Normal(input,"
                  " torch.exp(logvar / 2)), torch.distributions.Normal(other,"
                  " torch.exp(other_logvar / 2))).sum(-1).mean()",
                  input=SHAPE, logvar=SHAPE, other=SHAPE, other_logvar=SHAPE)
    shape = (2, 3, 4, 5)
    golden.record("gram", "torch.einsum('bchw,bdhw->bcd', input, input) / 60", input=shape)
    golden.record("style",
                  "F.mse_loss(torch.einsum('bchw,bdhw->bcd', input, input) / 60, target)",
                  constant=("target",), input=shape, target=(2, 3, 3))
    golden.record("total_variation",
                  "((input[:, :, 1:] - input[:, :, :-1]).abs().mean()"
                  " + (input[:, :, :, 1:] - input[:, :, :, :-1]).abs().mean()) / 2", input=shape)
    golden.record("penalties",
                  "0.3 * input.abs().sum() + 0.35 * (input ** 2).sum() + 0.2 * input.abs().max()"
                  " + 0.4 * (0.25 * input.abs().sum() + 0.375 * (input ** 2).sum())",
                  input=SHAPE)
    golden.record("renorm", "torch.renorm(input, 2, 0, 1.5)", input=SHAPE)
