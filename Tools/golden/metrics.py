"""metrics.safetensors: scores of classifiers and regressions, and the folds of cross-validation.

Computed by scikit-learn in float64 from stored predictions; stored in float64.
"""
import numpy as np
import sklearn
from sklearn import metrics
from sklearn.model_selection import KFold, StratifiedKFold

from golden_file import GoldenFile, generator


def make():
    golden = GoldenFile("metrics", __file__)
    golden.metadata["library"] = "scikit-learn"
    golden.metadata["version"] = sklearn.__version__
    classification(golden)
    binary(golden)
    regression(golden)
    folds(golden)
    return [golden]


def classification(golden):
    logits = golden.normal("logits", (90, 4))
    random = generator("metrics/labels")
    labels = random.integers(0, 4, 90)
    logits[np.arange(90), labels] += 0.8
    predictions = logits.argmax(1)
    predictions[predictions == 3] = 2  # the last class is never predicted
    golden.add("logits", logits)
    golden.add("labels", labels.astype(np.int64))
    golden.add("predictions", predictions.astype(np.int64))

    def add(name, value):
        golden.add(name, np.asarray(value, np.float64))

    add("top_k", [metrics.top_k_accuracy_score(labels, logits, k=k) for k in (1, 2, 3)])
    golden.add("confusion", metrics.confusion_matrix(labels, predictions).astype(np.int64))
    add("accuracy", metrics.accuracy_score(labels, predictions))
    add("balanced_accuracy", metrics.balanced_accuracy_score(labels, predictions))
    add("kappa", metrics.cohen_kappa_score(labels, predictions))
    add("mcc", metrics.matthews_corrcoef(labels, predictions))
    for average in ("micro", "macro", "weighted", None):
        rows = [metrics.precision_recall_fscore_support(
            labels, predictions, beta=beta, average=average, zero_division=0)[:3]
            for beta in (1.0, 2.0)]
        add(f"prf_{average or 'classes'}", rows)


def binary(golden):
    random = generator("metrics/binary")
    labels = random.integers(0, 2, 120)
    # Rounding makes ties.
    scores = np.round(random.standard_normal(120) + labels, 1).astype(np.float32)
    golden.add("binary_labels", labels.astype(np.int64))
    golden.add("binary_scores", scores)
    precision, recall, thresholds = metrics.precision_recall_curve(labels, scores)
    false, true, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
    for name, value in {
            "roc_auc": metrics.roc_auc_score(labels, scores),
            "average_precision": metrics.average_precision_score(labels, scores),
            "pr_precision": precision, "pr_recall": recall, "pr_thresholds": thresholds,
            "roc_false": false, "roc_true": true}.items():
        golden.add(name, np.asarray(value, np.float64))


def regression(golden):
    targets = 1000 + golden.normal("targets", (70,))
    predictions = targets + 0.5 * golden.normal("errors", (70,))
    golden.add("regression_targets", targets.astype(np.float32))
    golden.add("regression_predictions", predictions.astype(np.float32))
    targets, predictions = (x.astype(np.float32).astype(np.float64)
                            for x in (targets, predictions))
    golden.add("regression", np.array([
        metrics.mean_squared_error(targets, predictions),
        metrics.root_mean_squared_error(targets, predictions),
        metrics.mean_absolute_error(targets, predictions),
        metrics.r2_score(targets, predictions)]))


def folds(golden):
    labels = generator("metrics/strata").integers(0, 3, 23)
    golden.add("strata", labels.astype(np.int64))
    for count in (2, 3, 5):
        parts = np.zeros(23, np.int64)
        strata = np.zeros(23, np.int64)
        for number, (_, chosen) in enumerate(KFold(count).split(labels)):
            parts[chosen] = number
        for number, (_, chosen) in enumerate(StratifiedKFold(count).split(labels, labels)):
            strata[chosen] = number
        golden.add(f"k_fold_{count}", parts)
        golden.add(f"stratified_k_fold_{count}", strata)
