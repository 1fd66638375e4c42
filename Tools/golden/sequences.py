"""recurrent.safetensors and attention.safetensors: sequences, with PyTorch's names of weights."""
import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from golden_file import GoldenFile
from module_cases import record_module

LENGTHS = np.array([4, 1, 3], np.int64)
PADDING = np.array([[0, 0, 0, 0, 1], [0, 0, 0, 1, 1]], bool)
SOURCE_PADDING = np.array([[0, 0, 0, 0], [0, 0, 0, 1]], bool)


def make():
    over_time, at_once = GoldenFile("recurrent", __file__), GoldenFile("attention", __file__)
    recurrent(over_time)
    attention(at_once)
    transformers(at_once)
    positions(at_once)
    return [over_time, at_once]


def recurrent(golden):
    """Three sequences of at most 4 times, 3 features, 5 hidden units."""
    times, batch, inputs, hidden = 4, 3, 3, 5

    def read(module, x):
        initial = x["h"] if "c" not in x else (x["h"], x["c"])
        if "lengths" in x:
            packed = pack_padded_sequence(
                x["input"], x["lengths"], batch_first=module.batch_first, enforce_sorted=False)
            packed_output, last = module(packed, initial)
            output, _ = pad_packed_sequence(
                packed_output, batch_first=module.batch_first, total_length=times)
        else:
            output, last = module(x["input"], initial)
        return (output, *last) if isinstance(last, tuple) else (output, last)

    cases = {
        "rnn": (nn.RNN, {}, False),
        "rnn_relu_stacked": (nn.RNN, dict(nonlinearity="relu", num_layers=2, bias=False), False),
        "lstm": (nn.LSTM, {}, False),
        "lstm_stacked_bidirectional": (
            nn.LSTM, dict(num_layers=2, bidirectional=True, batch_first=True), False),
        "lstm_projection": (
            nn.LSTM, dict(num_layers=2, bidirectional=True, proj_size=2), False),
        "lstm_packed": (
            nn.LSTM, dict(num_layers=2, bidirectional=True, batch_first=True), True),
        "gru": (nn.GRU, {}, False),
        "gru_stacked_bidirectional": (nn.GRU, dict(num_layers=2, bidirectional=True), False),
        "gru_packed": (nn.GRU, dict(bidirectional=True), True),
    }
    for case, (kind, options, packed) in cases.items():
        module = kind(inputs, hidden, **options)
        first = options.get("batch_first", False)
        states = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
        size = options.get("proj_size", 0) or hidden
        tensors = dict(input=(batch, times, inputs) if first else (times, batch, inputs),
                       h=(states, batch, size))
        outputs = ["output", "output_h"]
        if kind is nn.LSTM:
            tensors["c"] = (states, batch, hidden)
            outputs.append("output_c")
        if packed:
            tensors["lengths"] = LENGTHS
        record_module(golden, case, module, read, tensors, outputs)
    golden.record("rnn_cell", "torch.rnn_tanh_cell(input, h, weight_ih, weight_hh, bias_ih, bias_hh)",
                  outputs=("output",), input=(3, 4), h=(3, 5), weight_ih=(5, 4),
                  weight_hh=(5, 5), bias_ih=(5,), bias_hh=(5,))


def attention(golden):
    """Two batches of 5 positions of 6 features in 3 heads; memories of 4 positions."""
    def selfwise(module, x):
        return module(x["input"], x["input"], x["input"], average_attn_weights=False)

    causal = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
    record_module(golden, "attention_self", nn.MultiheadAttention(6, 3), selfwise,
                  dict(input=(5, 2, 6)), ("output", "weights"))
    record_module(
        golden, "attention_masked", nn.MultiheadAttention(6, 3, batch_first=True),
        lambda module, x: module(
            x["input"], x["input"], x["input"], key_padding_mask=x["padding"], attn_mask=causal,
            average_attn_weights=False),
        dict(input=(2, 5, 6), padding=PADDING), ("output", "weights"))
    record_module(
        golden, "attention_cross", nn.MultiheadAttention(6, 3, kdim=4, vdim=7, bias=False),
        lambda module, x: module(
            x["input"], x["key"], x["value"], attn_mask=x["mask"], average_attn_weights=False),
        dict(input=(5, 2, 6), key=(4, 2, 4), value=(4, 2, 7),
             mask=golden.normal("attention_cross/mask", (6, 5, 4))),
        ("output", "weights"), constant=("mask",))
    record_module(
        golden, "attention_memory", nn.MultiheadAttention(6, 2),
        lambda module, x: module(x["input"], x["memory"], x["memory"], need_weights=False)[0],
        dict(input=(5, 2, 6), memory=(4, 2, 6)))
    golden.record(
        "attention_grouped",
        "F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)",
        query=(2, 4, 5, 3), key=(2, 2, 5, 3), value=(2, 2, 5, 3))
    golden.record(
        "attention_additive",
        "torch.softmax((torch.tanh((query @ W_q.T)[:, :, None] + (key @ W_k.T)[:, None]) "
        "@ w_v.T)[..., 0], -1) @ value",
        query=(2, 3, 4), key=(2, 5, 6), value=(2, 5, 2), W_q=(7, 4), W_k=(7, 6), w_v=(1, 7))


def transformers(golden):
    width, heads = 6, 2
    causal = nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.float64)
    base = dict(d_model=width, nhead=heads, dim_feedforward=7, dropout=0.0)
    record_module(
        golden, "encoder_layer", nn.TransformerEncoderLayer(**base),
        lambda module, x: module(x["input"]), dict(input=(5, 2, width)))
    record_module(
        golden, "encoder_layer_first",
        nn.TransformerEncoderLayer(**base, activation="gelu", norm_first=True, batch_first=True),
        lambda module, x: module(x["input"], src_key_padding_mask=x["padding"]),
        dict(input=(2, 5, width), padding=PADDING))
    record_module(
        golden, "decoder_layer", nn.TransformerDecoderLayer(**base),
        lambda module, x: module(
            x["input"], x["memory"], tgt_mask=causal.to(x["input"].dtype),
            memory_key_padding_mask=x["padding"]),
        dict(input=(5, 2, width), memory=(4, 2, width), padding=SOURCE_PADDING))
    record_module(
        golden, "decoder_layer_first", nn.TransformerDecoderLayer(**base, norm_first=True),
        lambda module, x: module(x["input"], x["memory"]),
        dict(input=(5, 2, width), memory=(4, 2, width)))
    record_module(
        golden, "transformer",
        nn.Transformer(width, heads, 2, 2, 7, 0.0, batch_first=True),
        lambda module, x: module(
            x["source"], x["input"], tgt_mask=causal.to(x["input"].dtype),
            src_key_padding_mask=x["padding"], memory_key_padding_mask=x["padding"]),
        dict(source=(2, 4, width), input=(2, 5, width), padding=SOURCE_PADDING))


def positions(golden):
    """The formulas of the papers, written another way than in the library."""
    golden.record(
        "rotary",
        "torch.view_as_real(torch.complex(input[..., :3], input[..., 3:]) * torch.exp(1j * "
        "torch.outer(torch.arange(5.0, dtype=input.dtype) + 2, "
        "10000.0 ** -(torch.arange(3, dtype=input.dtype) / 3)))).transpose(-1, -2).flatten(-2)",
        input=(2, 5, 6))
