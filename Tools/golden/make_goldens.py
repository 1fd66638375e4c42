"""Writes the reference results of Tests/Goldens with PyTorch, or checks that they still hold.

    python make_goldens.py                  # writes every file
    python make_goldens.py layers losses    # only these
    python make_goldens.py --check          # compares; exit status 1 if different
"""
import argparse
import sys

import torch

import arithmetic
import autocast
import checkpoints
import elementwise
import initializers
import layers
import linear
import losses
import metrics
import models
import more_losses
import more_optimizers
import norms
import optimizers
import residual
import schedules
import second_order
import selection
import sequence_models
import sequences
import spatial
import text_models

MAKERS = {module.__name__: module.make for module in (
    arithmetic,
    autocast,
    checkpoints,
    elementwise,
    initializers,
    layers,
    linear,
    losses,
    metrics,
    models,
    more_losses,
    more_optimizers,
    norms,
    optimizers,
    residual,
    schedules,
    second_order,
    selection,
    sequence_models,
    sequences,
    spatial,
    text_models,
)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MAKERS))
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - MAKERS.keys()
    if unknown:
        parser.error(f"no script named {', '.join(sorted(unknown))}; there are {', '.join(MAKERS)}")
    torch.set_num_threads(1)
    problems = []
    for name in arguments.names or MAKERS:
        for file in MAKERS[name]():
            if arguments.check:
                problems += file.differences()
            else:
                file.write()
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
