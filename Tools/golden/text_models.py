"""text_models.safetensors: GPT-2 and BERT of Hugging Face's transformers, tiny and random.

Keys: "<case>/state/<name>" under the names of `state_dict()`, "<case>/in/<argument>",
"<case>/out/<output>"; "<case>/labels", "<case>/loss" and "<case>/grad/<name>" where there are any.
The metadata of a case is its config.json.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F
import transformers

from golden_file import GoldenFile

BATCH, TIME = 2, 7
GPT2 = dict(vocab_size=23, n_positions=9, n_embd=8, n_layer=2, n_head=2, resid_pdrop=0.0,
            embd_pdrop=0.0, attn_pdrop=0.0)
BERT = dict(vocab_size=23, hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=12, max_position_embeddings=9, hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0)


def make():
    golden = GoldenFile("text_models", __file__)
    golden.metadata["transformers"] = transformers.__version__
    left, right = np.ones((2, BATCH, TIME), np.int64)
    left[1, :3], right[1, 4:] = 0, 0
    places = np.maximum(np.cumsum(left, 1) - 1, 0)
    segments = np.zeros((BATCH, TIME), np.int64)
    segments[:, 3:] = 1
    text = dict(attention_mask=right, token_type_ids=segments)
    gpt2 = transformers.GPT2Config(**GPT2)
    add(golden, "gpt2", transformers.GPT2Model, gpt2)
    add(golden, "gpt2_lm", transformers.GPT2LMHeadModel, gpt2, has_loss=True)
    add(golden, "gpt2_padded", transformers.GPT2LMHeadModel,
        transformers.GPT2Config(**GPT2 | dict(activation_function="gelu", n_inner=20)),
        attention_mask=left, position_ids=places)
    bert = transformers.BertConfig(**BERT)
    add(golden, "bert", transformers.BertModel, bert, **text)
    # Without a padding token, whose vector transformers does not train.
    add(golden, "bert_lm", transformers.BertForMaskedLM,
        transformers.BertConfig(**BERT, pad_token_id=None), has_loss=True, **text)
    add(golden, "bert_classes", transformers.BertForSequenceClassification,
        transformers.BertConfig(**BERT, num_labels=3), **text)
    add(golden, "bert_tokens", transformers.BertForTokenClassification,
        transformers.BertConfig(**BERT, num_labels=5, hidden_act="relu"), **text)
    add(golden, "bert_answers", transformers.BertForQuestionAnswering, bert, **text)
    return [golden]


def add(golden, case, kind, config, has_loss=False, **arguments):
    config.architectures = [kind.__name__]
    golden.describe(case, json.dumps(config.to_diff_dict(), sort_keys=True))
    state = {}
    shared = {}  # tied weights stand once in the file, as in those that are saved
    for name, tensor in kind(config).state_dict().items():
        if tensor.data_ptr() in shared:
            state[name] = state[shared[tensor.data_ptr()]]
            continue
        shared[tensor.data_ptr()] = name
        noise = golden.normal(f"{case}/{name}", tuple(tensor.shape))
        is_scale = name.endswith("weight") and tensor.ndim == 1
        state[name] = 1 + np.float32(0.2) * noise if is_scale else np.float32(0.3) * noise
        golden.add(f"{case}/state/{name}", state[name])
    random = np.random.default_rng(7)
    arguments["input_ids"] = random.integers(0, config.vocab_size, (BATCH, TIME))
    for name, array in arguments.items():
        golden.add(f"{case}/in/{name}", array)
    labels = random.integers(0, config.vocab_size, (BATCH, TIME))
    if has_loss:
        golden.add(f"{case}/labels", labels)

    def compute(dtype):
        model = kind(config).to(dtype)
        model.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
        model.train(has_loss)
        outputs = model(**{name: torch.tensor(array) for name, array in arguments.items()})
        found = {f"{case}/out/{name}": value for name, value in outputs.items()
                 if isinstance(value, torch.Tensor)}
        if has_loss:
            logits = outputs.logits
            loss = F.cross_entropy(logits.flatten(0, 1), torch.tensor(labels).flatten())
            loss.backward()
            found[f"{case}/loss"] = loss
            # The bias of keys moves all scores of a query alike: its gradient is nothing but noise.
            found |= {f"{case}/grad/{name}": p.grad for name, p in model.named_parameters()
                      if not name.endswith("key.bias")}
        return found

    golden.add_computed(compute)
