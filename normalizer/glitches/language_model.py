"""Local Hugging Face models as `opinion.LanguageModel`: the only module that loads a framework.

Weights come from safetensors in a local folder only; code in the folder is never run.
"""

from __future__ import annotations

import copy
import ctypes
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from torch import Tensor

from normalizer.errors import ModelError
from normalizer.glitches.model_reading import Ask, CausalReader, MaskedReader, Scored
from normalizer.glitches.opinion import LanguageModel

# Pieces seen together at most; a sentence of news has some 30, and attention costs the square.
MAX_WINDOW = 1024
# Ids of a batch at most: longer ones are no faster, and take room.
MAX_BATCH = 192
# Scores of a whole batch, in numbers: 64 MB in float32 whatever the size of the vocabulary.
MAX_SCORES = 1 << 24
# Positions that what is kept of a beginning is copied to at a time; 45 MB for the default model.
MAX_KEPT = 1024
# Beginnings kept: those of the words of a sentence, each going on from the one before.
KEPT = 8
# Scores worked on at a time, where the head can be run by itself.
SCORES_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class Kept:
    """A beginning that was run: its ids, what the layers keep of it, and its last states."""

    ids: tuple[int, ...]
    past: Any
    rows: Tensor


class TorchNetwork:
    """Weights run by PyTorch on the processor, in float32."""

    def __init__(self, model: Any, *, causal: bool) -> None:
        """Take weights in evaluation mode; see `model_reading.Network`."""
        about = model.config.get_text_config()
        self._model = model
        self.causal = causal
        self.depth = int(about.num_hidden_layers)
        self.vocabulary = int(about.vocab_size)
        self.budget = max(32, min(MAX_BATCH, MAX_SCORES // self.vocabulary))
        self._rows = max(16, SCORES_AT_ONCE // self.vocabulary)
        self._kept: deque[Kept] = deque(maxlen=KEPT)
        self._head = self._find_head()
        self.keeps = causal and self._can_keep()

    @torch.inference_mode()
    def run(
        self,
        sequences: Sequence[Sequence[int]],
        asks: Sequence[Sequence[Ask]],
        *,
        layers: Sequence[int] = (),
        kept: Kept | None = None,
    ) -> list[Scored]:
        """See `model_reading.Network`."""
        found: list[Scored] = []
        for part in self._parts(sequences, kept):
            mine = asks[part]
            last, states = self._forward(sequences[part], layers, kept)
            rows = _rows(last, [[row for row, _ in one] for one in mine], kept)
            targets = torch.tensor([piece for one in mine for _, piece in one], dtype=torch.long)
            judged = self._judge(rows, targets)
            start = 0
            for at, one in enumerate(mine):
                here = slice(start, start + len(one))
                start = here.stop
                held = None if states is None else states[at].float().numpy()
                found.append(Scored(judged[0][here], judged[1][here], judged[2][here], held))
        _give_back_memory()
        return found

    @torch.inference_mode()
    def keep(self, sequence: Sequence[int], asks: Sequence[Ask]) -> tuple[Kept, Scored]:
        """See `model_reading.Network`. It goes on from the longest beginning still known."""
        ids = tuple(sequence)
        known = max(
            (one for one in self._kept if ids[: len(one.ids)] == one.ids),
            key=lambda one: len(one.ids),
            default=None,
        )
        if known is None or known.ids != ids:
            rest = ids[len(known.ids) :] if known else ids
            given = {"past_key_values": copy.deepcopy(known.past)} if known else {}
            out = self._model.base_model(input_ids=torch.tensor([rest]), use_cache=True, **given)
            last = out.last_hidden_state[0]
            rows = torch.cat([known.rows, last]) if known else last
            known = Kept(ids, out.past_key_values, rows)
            self._kept.append(known)
        rows = known.rows[[row for row, _ in asks]]
        targets = torch.tensor([piece for _, piece in asks], dtype=torch.long)
        return known, Scored(*self._judge(rows, targets))

    @torch.inference_mode()
    def guess(
        self, sequences: Sequence[Sequence[int]], rows: Sequence[int], *, kept: Kept | None = None
    ) -> NDArray[np.float32]:
        """See `model_reading.Network`."""
        found = []
        for part in self._parts(sequences, kept):
            last, _ = self._forward(sequences[part], (), kept)
            wanted = _rows(last, [[row] for row in rows[part]], kept)
            found.append(self._score(wanted).log_softmax(-1).numpy())
        return np.concatenate(found)

    def _parts(self, sequences: Sequence[Sequence[int]], kept: Kept | None) -> Iterator[slice]:
        """As many sequences at a time as what is kept can be copied for."""
        if kept is None:
            yield slice(0, len(sequences))
            return
        size = max(1, MAX_KEPT // (len(kept.ids) + max(map(len, sequences))))
        for start in range(0, len(sequences), size):
            yield slice(start, start + size)

    def _forward(
        self, sequences: Sequence[Sequence[int]], layers: Sequence[int], kept: Kept | None
    ) -> tuple[Tensor, Tensor | None]:
        """Last hidden states (scores, where there is no head apart) and the layers asked for."""
        longest = max(map(len, sequences))
        if kept is not None and not longest:
            return kept.rows.new_zeros((len(sequences), 0, kept.rows.shape[-1])), None
        ids = torch.zeros((len(sequences), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, one in enumerate(sequences):
            ids[row, : len(one)] = torch.tensor(one, dtype=torch.long)
            mask[row, : len(one)] = 1
        given: dict[str, Any] = {"input_ids": ids}
        if not self.causal:
            # To the right of a causal model's rows nothing is seen: padding needs no mask.
            given["attention_mask"] = mask
        if kept is not None:
            given["past_key_values"] = copy.deepcopy(kept.past)
            given["past_key_values"].batch_repeat_interleave(len(sequences))
        elif self.causal:
            given["use_cache"] = False
        network = self._model if self._head is None else self._model.base_model
        out = network(**given, output_hidden_states=bool(layers))
        last = out.logits if self._head is None else out.last_hidden_state
        chosen = [out.hidden_states[layer] for layer in layers]
        return last, torch.cat(chosen, -1) if chosen else None

    def _score(self, rows: Tensor) -> Tensor:
        """Scores of all pieces, for rows of `_forward`."""
        return rows.float() if self._head is None else self._head(rows[None])[0].float()

    def _judge(
        self, rows: Tensor, targets: Tensor
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
        """Log-probability of each target, entropy of its row and the target's rank in it."""
        log_probability = np.zeros(len(targets), np.float32)
        entropy = np.zeros(len(targets), np.float32)
        rank = np.zeros(len(targets), np.int64)
        for start in range(0, len(targets), self._rows):
            part = slice(start, start + self._rows)
            logs = self._score(rows[part]).log_softmax(-1)
            mine = logs.gather(1, targets[part, None])
            log_probability[part] = mine[:, 0].numpy()
            rank[part] = (logs > mine).sum(-1).numpy()
            entropy[part] = -(logs.exp() * logs).nan_to_num_(0.0).sum(-1).numpy()
        return log_probability, entropy, rank

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
        whole, _ = self._forward([ids], (), None)
        try:
            kept, _ = self.keep(ids[:2], ())
            parts, _ = self._forward([ids[2:], ids[2:3]], (), kept)
        except (AttributeError, RuntimeError, TypeError, ValueError):
            return False
        finally:
            self._kept.clear()
        return torch.allclose(parts[0], whole[0, 2:], atol=1e-2, rtol=1e-2)


def _give_back_memory() -> None:
    """Return what batches of many shapes left behind: without it the heap doubles in a minute.

    Only the C library of GNU keeps it, and only there is there a call for it.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _rows(last: Tensor, rows: Sequence[Sequence[int]], kept: Kept | None) -> Tensor:
    """Rows of each sequence, one after another; -1 is the last one of what was kept."""
    if kept is not None:
        # In front of every sequence, so that -1 becomes 0.
        before = kept.rows[-1].expand(len(last), 1, -1)
        last = torch.cat([before, last], 1)
        rows = [[row + 1 for row in one] for one in rows]
    return torch.cat([last[at, list(one)] for at, one in enumerate(rows)])


def open_model(
    folder: Path, *, name: str = "", fingerprint: str = "", threads: int = 1
) -> LanguageModel:
    """Open a model in a local folder.

    Args:
        folder: Config, fast tokenizer and safetensors, as `model_store.check_folder` wants them.
        name: What the user calls it; the folder's name if empty.
        fingerprint: Of the files and the way they are run, see `model_store`.
        threads: Threads of the framework. More than the machine has to spare cost speed.

    Raises:
        ModelError: If the folder holds no causal or masked language model, or not all of one.
    """
    name = name or folder.name
    torch.set_num_threads(threads)
    # Half as fast again on processors whose maker is not that of the usual matrix library; where
    # this was measured the numbers stay the same to 1e-3: docs/decisions/0007-model-runtime.md.
    torch.set_float32_matmul_precision("medium")
    try:
        with _quiet():
            config = transformers.AutoConfig.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
            causal = _is_causal(config, name)
            kind: Any = transformers.AutoModelForMaskedLM
            if causal:
                kind = transformers.AutoModelForCausalLM
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
            model, about = kind.from_pretrained(
                folder,
                config=config,
                dtype=torch.float32,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
            )
    except ModelError:
        raise
    except Exception as error:
        # The framework checks configurations in many ways, each with errors of its own.
        raise ModelError(
            f"model {name}: {_reason(error)}; take another, or fetch it again"
        ) from error
    if about["missing_keys"] or about["mismatched_keys"]:
        lacking = sorted(map(str, [*about["missing_keys"], *about["mismatched_keys"]]))[0]
        raise ModelError(
            f"model {name}: has no weights for {lacking}; take a model trained to fill in words"
        )
    network = TorchNetwork(model.eval(), causal=causal)
    return _reader(network, tokenizer, config, name=name, fingerprint=fingerprint)


def _reader(
    network: TorchNetwork, tokenizer: Any, config: Any, *, name: str, fingerprint: str
) -> LanguageModel:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ModelError(
            f"model {name}: its tokenizer does not tell where pieces come from; "
            "save it as tokenizer.json first"
        )
    backend.no_truncation()
    backend.no_padding()
    # A document that spells a mark of the model is text like any other.
    backend.encode_special_tokens = True
    if backend.get_vocab_size() > network.vocabulary:
        raise ModelError(
            f"model {name}: its tokenizer has more pieces than the model; take its own"
        )
    window = _window(tokenizer, config)
    if network.causal:
        starts = [tokenizer.bos_token_id, tokenizer.cls_token_id, tokenizer.eos_token_id]
        start = next((one for one in starts if one is not None), None)
        return CausalReader(
            network,
            backend,
            name=name,
            fingerprint=fingerprint,
            window=window,
            marks=(_mark(start), ()),
        )
    if tokenizer.mask_token_id is None:
        raise ModelError(f"model {name}: its tokenizer has no mask; take the model's own tokenizer")
    marks = _mark(tokenizer.cls_token_id), _mark(tokenizer.sep_token_id)
    return MaskedReader(
        network,
        backend,
        name=name,
        fingerprint=fingerprint,
        window=window,
        marks=marks,
        mask=tokenizer.mask_token_id,
    )


def _mark(piece: int | None) -> tuple[int, ...]:
    return () if piece is None else (piece,)


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


def _window(tokenizer: Any, config: Any) -> int:
    """Ids that the model can see at once, with room for families that count from 2."""
    text = config.get_text_config()
    limits = [getattr(text, key, None) for key in ("max_position_embeddings", "n_positions")]
    positions = min([one for one in limits if isinstance(one, int) and one > 4] or [MAX_WINDOW])
    return max(4, min(positions - 2, int(min(tokenizer.model_max_length, MAX_WINDOW))))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the framework from talking: what is wrong is told by our own errors."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:;")
