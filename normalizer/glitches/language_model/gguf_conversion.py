"""A GGUF file as a folder of config, tokenizer and safetensors, for the one family we ship.

Frameworks read GGUF too, slowly and with two traps: the digits of a number must be cut apart, as
they were in training, and text begins after the mark that ends a document, not after the mark of
a chat turn. Here both are written into the folder.

Source:
    GGUF: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The order of the rows of
    query and key weights: ``LlamaModel.permute`` in llama.cpp's ``convert_hf_to_gguf.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from normalizer.errors import ModelError

WEIGHTS = "model.safetensors"
# Kind of a piece that no text is cut into, in GGUF.
_CONTROL = 3
_TENSORS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def convert_gguf(file: Path, folder: Path) -> None:
    """Write the folder of a Llama model with a byte-level tokenizer from its GGUF file.

    Weights are written in float32: what a quantized file holds fits no smaller type exactly.

    Args:
        file: The GGUF file; its checksum is the caller's care.
        folder: An existing folder.

    Raises:
        ModelError: If the file holds another kind of model.
    """
    reader = gguf.GGUFReader(file)
    about = {key: field.contents() for key, field in reader.fields.items()}
    kind = about.get("general.architecture"), about.get("tokenizer.ggml.model")
    if kind != ("llama", "gpt2"):
        raise ModelError(f"{file.name}: {' with '.join(map(str, kind))} is not converted here")
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    tied = "output.weight" not in tensors
    config = _config(about, tied)
    _write(folder / "config.json", config)
    heads = {
        "attn_q": config["num_attention_heads"],
        "attn_k": config["num_key_value_heads"],
    }
    weights = {}
    for name, tensor in tensors.items():
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        for part, count in heads.items():
            if f".{part}." in name:
                values = _in_halves(values, count)
        weights[_tensor_name(name, file)] = np.ascontiguousarray(values)
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    _write_tokenizer(about, folder)


def _config(about: dict[str, Any], tied: bool) -> dict[str, Any]:
    heads = about["llama.attention.head_count"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "bos_token_id": about["tokenizer.ggml.unknown_token_id"],
        "eos_token_id": about["tokenizer.ggml.eos_token_id"],
        "hidden_act": "silu",
        "hidden_size": about["llama.embedding_length"],
        "intermediate_size": about["llama.feed_forward_length"],
        "max_position_embeddings": about["llama.context_length"],
        "num_attention_heads": heads,
        "num_hidden_layers": about["llama.block_count"],
        "num_key_value_heads": about["llama.attention.head_count_kv"],
        "rms_norm_eps": about["llama.attention.layer_norm_rms_epsilon"],
        "rope_theta": about["llama.rope.freq_base"],
        "tie_word_embeddings": tied,
        "dtype": "float32",
        "vocab_size": about["llama.vocab_size"],
    }


def _write_tokenizer(about: dict[str, Any], folder: Path) -> None:
    pieces: list[str] = about["tokenizer.ggml.tokens"]
    kinds: list[int] = about["tokenizer.ggml.token_type"]
    merges = [tuple(merge.split(" ")) for merge in about["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({piece: at for at, piece in enumerate(pieces)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    marks = [piece for piece, kind in zip(pieces, kinds, strict=True) if kind == _CONTROL]
    tokenizer.add_special_tokens(
        [AddedToken(mark, special=True, normalized=False) for mark in marks]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    end_of_document = pieces[about["tokenizer.ggml.unknown_token_id"]]
    _write(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": end_of_document,
            "eos_token": pieces[about["tokenizer.ggml.eos_token_id"]],
            "pad_token": pieces[about["tokenizer.ggml.padding_token_id"]],
            "unk_token": end_of_document,
            "model_max_length": about["llama.context_length"],
        },
    )


def _in_halves(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows of rotary weights as pairs of halves, which GGUF stores as pairs of neighbours."""
    rows, columns = values.shape
    pairs = values.reshape(heads, rows // heads // 2, 2, columns)
    return pairs.swapaxes(1, 2).reshape(rows, columns)


def _tensor_name(name: str, file: Path) -> str:
    whole = {
        "token_embd.weight": "model.embed_tokens.weight",
        "output_norm.weight": "model.norm.weight",
        "output.weight": "lm_head.weight",
    }
    if name in whole:
        return whole[name]
    block, number, part, weight = [*name.split("."), "", "", ""][:4]
    if block != "blk" or part not in _TENSORS:
        raise ModelError(f"{file.name}: unknown tensor {name}; not converted")
    return f"model.layers.{number}.{_TENSORS[part]}.{weight}"


def _write(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
