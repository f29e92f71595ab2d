"""Local Hugging Face models as `protocol.LanguageModel`.

Weights come from safetensors in a local folder only; code in the folder is never run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from normalizer.errors import ModelError
from normalizer.glitches.language_model.llama import open_llama
from normalizer.glitches.language_model.protocol import LanguageModel
from normalizer.glitches.language_model.reading import CausalReader, MaskedReader
from normalizer.glitches.language_model.torch_network import (
    TorchNetwork,
    Weights,
    return_memory_early,
)

# Pieces seen together at most; a sentence of news has some 30, and attention costs the square.
MAX_WINDOW = 1024
# Classes that read tokenizer.json as it stands.
_PLAIN = frozenset({"PreTrainedTokenizerFast", "TokenizersBackend"})


@dataclass(frozen=True, slots=True)
class _Tokens:
    """How a model cuts text.

    Attributes:
        backend: A ``tokenizers.Tokenizer``.
        start: The id that begins a text; None if there is none.
        end: The id that a masked model puts at the end.
        mask: The id that hides a piece from a masked model.
        limit: Pieces that the tokenizer wants to see at once at most.
    """

    backend: Any
    start: int | None
    end: int | None
    mask: int | None
    limit: int


def open_model(
    folder: Path, *, name: str = "", fingerprint: str = "", threads: int = 1
) -> LanguageModel:
    """Open a model in a local folder.

    Args:
        folder: Config, fast tokenizer and safetensors, as `store.check_folder` wants them.
        name: What the user calls it; the folder's name if empty.
        fingerprint: Of the files and the way they are run, see `store`.
        threads: Threads of the framework. More than the machine has to spare cost speed.

    Raises:
        ModelError: If the folder holds no causal or masked language model, or not all of one.
    """
    name = name or folder.name
    return_memory_early()
    torch.set_num_threads(threads)
    # Half as fast again on processors whose maker is not that of the usual matrix library; where
    # this was measured the numbers stay the same to 1e-3: docs/decisions/0007-model-runtime.md.
    torch.set_float32_matmul_precision("medium")
    try:
        weights, tokens = _opened_llama(folder) or _opened_by_transformers(folder, name)
    except ModelError:
        raise
    except Exception as error:
        # The framework checks configurations in many ways, each with errors of its own.
        raise ModelError(
            f"model {name}: {_reason(error)}; take another, or fetch it again"
        ) from error
    return _reader(TorchNetwork(weights), tokens, name=name, fingerprint=fingerprint)


def _opened_llama(folder: Path) -> tuple[Weights, _Tokens] | None:
    """A plain Llama, without transformers; None for any other model."""
    weights = open_llama(folder)
    tokens = _plain_tokens(folder) if weights else None
    return (weights, tokens) if weights and tokens else None


def _opened_by_transformers(folder: Path, name: str) -> tuple[Weights, _Tokens]:
    # Two seconds and 150 MB, which a plain Llama does not need.
    from normalizer.glitches.language_model.transformers_weights import open_transformers  # noqa: PLC0415

    weights, tokenizer = open_transformers(folder, name=name)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ModelError(
            f"model {name}: its tokenizer does not tell where pieces come from; "
            "save it as tokenizer.json first"
        )
    starts = [tokenizer.cls_token_id]
    if weights.causal:
        starts = [tokenizer.bos_token_id, *starts, tokenizer.eos_token_id]
    return weights, _Tokens(
        backend,
        start=next((one for one in starts if one is not None), None),
        end=None if weights.causal else tokenizer.sep_token_id,
        mask=tokenizer.mask_token_id,
        limit=int(tokenizer.model_max_length),
    )


def _plain_tokens(folder: Path) -> _Tokens | None:
    """A causal model's tokenizer, if it is all in its file."""
    try:
        about = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
        backend = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except FileNotFoundError:
        return None
    start = about.get("bos_token")
    if about.get("tokenizer_class") not in _PLAIN or not isinstance(start, str):
        return None
    limit = about.get("model_max_length", MAX_WINDOW)
    found = backend.token_to_id(start)
    return None if found is None else _Tokens(backend, found, None, None, int(limit))


def _reader(
    network: TorchNetwork, tokens: _Tokens, *, name: str, fingerprint: str
) -> LanguageModel:
    backend = tokens.backend
    backend.no_truncation()
    backend.no_padding()
    # A document that spells a mark of the model is text like any other.
    backend.encode_special_tokens = True
    if backend.get_vocab_size() > network.vocabulary:
        raise ModelError(
            f"model {name}: its tokenizer has more pieces than the model; take its own"
        )
    kind: Any = CausalReader
    if not network.causal:
        if tokens.mask is None:
            raise ModelError(
                f"model {name}: its tokenizer has no mask; take the model's own tokenizer"
            )
        kind = partial(MaskedReader, mask=tokens.mask)
    return kind(
        network,
        backend,
        name=name,
        fingerprint=fingerprint,
        # With room for families that count from 2.
        window=max(4, min((network.positions or MAX_WINDOW) - 2, tokens.limit, MAX_WINDOW)),
        marks=(_mark(tokens.start), _mark(tokens.end)),
    )


def _mark(piece: int | None) -> tuple[int, ...]:
    return () if piece is None else (piece,)


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:;")
