"""sequence_models.safetensors: recurrent language models under the names of PyTorch's example
word_language_model, and the variational autoencoder of PyTorch's example vae.

Keys: "<model>/state/<name>", "<model>/grad/<name>", inputs and outputs.
"""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from golden_file import GoldenFile
from models import fill, loaded


class LanguageModel(nn.Module):
    """With vectors of tokens, or one-hot as in Dive into Deep Learning."""

    def __init__(self, kind, vocabulary, width, hidden, layers):
        super().__init__()
        self.vocabulary = vocabulary
        if width:
            self.encoder = nn.Embedding(vocabulary, width)
        self.rnn = kind(width or vocabulary, hidden, layers)
        self.decoder = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        if hasattr(self, "encoder"):
            x = self.encoder(tokens)
        else:
            x = F.one_hot(tokens, self.vocabulary).to(self.decoder.weight.dtype)
        y, state = self.rnn(x, state)
        return self.decoder(y), state


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(24, 10), nn.Linear(10, 3), nn.Linear(10, 3)
        self.fc3, self.fc4 = nn.Linear(3, 10), nn.Linear(10, 24)

    def forward(self, x, epsilon):
        h = F.relu(self.fc1(x))
        mean, log_variance = self.fc21(h), self.fc22(h)
        z = mean + epsilon * torch.exp(0.5 * log_variance)
        return self.fc4(F.relu(self.fc3(z))), mean, log_variance


def make():
    golden = GoldenFile("sequence_models", __file__)
    # More units than a vector of 16 floats has, more rows than are multiplied at once.
    add_language_model(golden, "lstm_lm", nn.LSTM, (11, 6, 18, 2), (5, 26))
    add_language_model(golden, "gru_lm", nn.GRU, (7, None, 20, 1), (6, 3))
    add_vae(golden)
    return [golden]


def add_language_model(golden, case, kind, sizes, shape):
    golden.describe(case, f"vocabulary, width, hidden, layers = {sizes}; cross-entropy of the second block, "
                    "from the state after the first, through which the gradient flows")
    state = fill(golden, case, LanguageModel(kind, *sizes))
    text = golden.normal(f"{case}/noise", (3, *shape))
    tokens = (np.abs(text) * 1000).astype(np.int64) % sizes[0]
    golden.add(f"{case}/tokens", tokens)

    def compute(dtype):
        module = loaded(lambda: LanguageModel(kind, *sizes), state, dtype)
        first, second, labels = torch.tensor(tokens)
        scores, carried = module(first)
        more, last = module(second, carried)
        loss = F.cross_entropy(more.flatten(0, 1), labels.flatten())
        loss.backward()
        found = {f"{case}/scores": scores, f"{case}/more": more, f"{case}/loss": loss,
                 f"{case}/hidden": last[0] if isinstance(last, tuple) else last}
        return found | {f"{case}/grad/{name}": p.grad for name, p in module.named_parameters()}

    golden.add_computed(compute)


def add_vae(golden):
    golden.describe("vae", "BCE with logits summed, plus KL; epsilon given")
    state = fill(golden, "vae", VAE())
    pictures = 1 / (1 + np.exp(-golden.normal("vae/noise", (4, 24))))
    epsilon = golden.normal("vae/epsilon", (4, 3))
    golden.add("vae/input", pictures.astype(np.float32))
    golden.add("vae/epsilon", epsilon)

    def compute(dtype):
        module = loaded(VAE, state, dtype)
        x, e = torch.tensor(pictures.astype(np.float32)).to(dtype), torch.tensor(epsilon).to(dtype)
        logits, mean, log_variance = module(x, e)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        (reconstruction + divergence).backward()
        found = {"vae/logits": logits, "vae/mean": mean, "vae/log_variance": log_variance,
                 "vae/reconstruction": reconstruction, "vae/divergence": divergence}
        return found | {f"vae/grad/{name}": p.grad for name, p in module.named_parameters()}

    golden.add_computed(compute)
