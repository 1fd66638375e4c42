"""Writes the reference results of Tests/Goldens with PyTorch, or checks that they still hold.

    python make_goldens.py                  # writes every file
    python make_goldens.py layers losses    # only these
    python make_goldens.py --check          # compares; exit status 1 if different
"""
import argparse
import sys

import torch

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
import schedules
import second_order
import sequences
import spatial

MAKERS = {module.__name__: module.make for module in (
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
    schedules,
    second_order,
    sequences,
    spatial,
)}
