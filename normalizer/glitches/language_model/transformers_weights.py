"""Any language model that transformers can run, as `torch_network.Weights`.

Weights come from safetensors in a local folder only; code in the folder is never run.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor

from normalizer.errors import ModelError
from normalizer.glitches.language_model.adapter import Adapter
from normalizer.glitches.language_model.torch_network import STEP

# Positions that what is kept of a beginning is copied to at a time; 45 MB for a small model.
MAX_KEPT = 1024
# Positions that a family may count before the first piece.
_OFFSET = 2


def open_transformers(folder: Path, *, name: str) -> tuple[TransformersWeights, Any]:
    """Open a causal or masked model and its tokenizer.

    Args:
        folder: Where it is.
        name: What the user calls it.

    Raises:
        ModelError: If it is neither, or weights are missing. The framework raises more.
    """
    local = {"local_files_only": True, "trust_remote_code": False}
    with _quiet():
        config = transformers.AutoConfig.from_pretrained(folder, **local)
        causal = _is_causal(config, name)
        kind: Any = transformers.AutoModelForMaskedLM
        if causal:
            kind = transformers.AutoModelForCausalLM
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **local)
        model, about = kind.from_pretrained(
            folder,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            output_loading_info=True,
            **local,
        )
    if about["missing_keys"] or about["mismatched_keys"]:
        lacking = sorted(map(str, [*about["missing_keys"], *about["mismatched_keys"]]))[0]
        raise ModelError(
            f"model {name}: has no weights for {lacking}; take a model trained to fill in words"
        )
    return TransformersWeights(model.eval(), causal=causal), tokenizer


class TransformersWeights:
    """Weights that transformers runs; see `torch_network.Weights`."""

    def __init__(self, model: Any, *, causal: bool) -> None:
        """Take a model in evaluation mode."""
        about = model.config.get_text_config()
        self._model = model
        self.causal = causal
        self.vocabulary = int(about.vocab_size)
        limits = [getattr(about, key, None) for key in ("max_position_embeddings", "n_positions")]
        self.positions = min([one for one in limits if isinstance(one, int) and one > 4], default=0)
        self._head = self._find_head()
        self.keeps = causal and self._can_keep()

    def states(
        self, sequences: Sequence[Sequence[int]], adapter: Adapter | None, past: Any
    ) -> tuple[Tensor, None]:
        """See `torch_network.Weights`; scores of all pieces where there is no head apart."""
        if adapter is not None:
            raise ValueError("adapters are for models of the plain Llama family")
        longest = max(map(len, sequences))
        if past is None:
            longest = max(longest, min(longest + -longest % STEP, self.positions - _OFFSET))
            return self._part(sequences, longest, None), None
        size = max(1, MAX_KEPT // (past.get_seq_length() + longest))
        starts = range(0, len(sequences), size)
        parts = [self._part(sequences[at : at + size], longest, past) for at in starts]
        return torch.cat(parts), None

    def _part(self, sequences: Sequence[Sequence[int]], longest: int, past: Any) -> Tensor:
        """States of sequences that are filled up to one length."""
        ids = torch.zeros((len(sequences), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, one in enumerate(sequences):
            ids[row, : len(one)] = torch.tensor(one, dtype=torch.long)
            mask[row, : len(one)] = 1
        given: dict[str, Any] = {"input_ids": ids}
        if not self.causal:
            # To the right of a causal model's rows nothing is seen: padding needs no mask.
            given["attention_mask"] = mask
        if past is not None:
            given["past_key_values"] = copy.deepcopy(past)
            given["past_key_values"].batch_repeat_interleave(len(sequences))
        elif self.causal:
            given["use_cache"] = False
        network = self._model if self._head is None else self._model.base_model
        out = network(**given)
        last: Tensor = out.logits if self._head is None else out.last_hidden_state
        return last

    def go_on(self, sequence: Sequence[int], past: Any) -> tuple[Any, Tensor]:
        """See `torch_network.Weights`."""
        given = {} if past is None else {"past_key_values": copy.deepcopy(past)}
        out = self._model.base_model(input_ids=torch.tensor([sequence]), use_cache=True, **given)
        return out.past_key_values, out.last_hidden_state[0]

    def scores(self, rows: Tensor) -> Tensor:
        """See `torch_network.Weights`."""
        return rows.float() if self._head is None else self._head(rows[None])[0].float()

    @torch.inference_mode()
    def _find_head(self) -> Callable[[Tensor], Tensor] | None:
        """The part that turns hidden states into scores, proved on an example.

        The scores of a whole batch are large; with the head apart only rows that are asked about
        get some. Where no part gives the scores of the whole model, the whole model is run.
        """
        ids = torch.tensor([[3, 5, 4, 6]]) % self.vocabulary
        expected = self._model(input_ids=ids).logits
        hidden = getattr(self._model.base_model(input_ids=ids), "last_hidden_state", None)
        parts = [getattr(self._model, name, None) for name in ("lm_head", "cls")]
        for part in [*parts, self._model.get_output_embeddings()]:
            if part is None or hidden is None:
                continue
            try:
                found = part(hidden)
            except (RuntimeError, TypeError):
                continue
            same = isinstance(found, Tensor) and found.shape == expected.shape
            if same and torch.allclose(found, expected, atol=1e-3, rtol=1e-3):
                head: Callable[[Tensor], Tensor] = part
                return head
        return None

    @torch.inference_mode()
    def _can_keep(self) -> bool:
        """Whether going on from a kept beginning gives what a whole pass gives."""
        if self._head is None:
            return False
        ids = [one % self.vocabulary for one in (3, 5, 4, 6)]
        whole, _ = self.states([ids], None, None)
        try:
            past, _ = self.go_on(ids[:2], None)
            parts, _ = self.states([ids[2:], ids[2:3]], None, past)
        except (AttributeError, RuntimeError, TypeError, ValueError):
            return False
        return torch.allclose(parts[0], whole[0, 2:4], atol=1e-2, rtol=1e-2)


def _is_causal(config: Any, name: str) -> bool:
    """Whether the model reads from left to right; its own class decides, then its family."""
    written = " ".join(config.architectures or ())
    if "MaskedLM" in written:
        return False
    if "CausalLM" in written or "LMHeadModel" in written:
        return True
    if type(config) in transformers.MODEL_FOR_MASKED_LM_MAPPING:
        return False
    if type(config) in transformers.MODEL_FOR_CAUSAL_LM_MAPPING:
        return True
    raise ModelError(
        f"model {name}: {written or config.model_type} is neither a causal nor a masked language "
        "model; take one of these"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the framework from talking: what is wrong is told by our own errors."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
