"""Language models of a few thousand numbers, made by the tests that read them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sentencepiece = pytest.importorskip("sentencepiece")
tokenizers = pytest.importorskip("tokenizers")
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TEXT = [
    "The talks between the two countries ended on Monday without a result.",
    "Farmers fear for the harvest, and they don't expect rain before June.",
    "He spoke of a reset in relations; she spoke of an overload.",
    "In 1987 the bridge over the river was closed for 23 days.",
    'The minister said: "We are not at war with anybody."',
] * 4


def byte_level(folder: Path) -> int:
    """A byte-level tokenizer; returns the size of its vocabulary."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<end>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    whole = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<end>", eos_token="<end>", pad_token="<end>"
    )
    whole.save_pretrained(folder)
    return int(tokenizer.get_vocab_size())


def word_piece(folder: Path) -> int:
    """A WordPiece tokenizer with the marks of BERT; returns the size of its vocabulary."""
    tokenizer = tokenizers.BertWordPieceTokenizer(lowercase=False)
    tokenizer.train_from_iterator(TEXT, vocab_size=300, min_frequency=1, show_progress=False)
    whole = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer._tokenizer,
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        pad_token="[PAD]",
        unk_token="[UNK]",
    )
    whole.save_pretrained(folder)
    return int(tokenizer.get_vocab_size())


def sentence_piece(folder: Path, family: str, file: str) -> int:
    """A sentencepiece model without a tokenizer.json; returns the size of the vocabulary."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT),
        model_writer=model,
        vocab_size=120,
        minloglevel=2,
        hard_vocab_limit=False,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(model.getvalue())
    config = {"tokenizer_class": f"{family}Tokenizer", "model_max_length": 62}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
    # Each family puts marks of its own around the pieces.
    return 140


def llama(folder: Path) -> Path:
    """A causal model with rotary positions."""

    def build(size: int) -> Any:
        config = _shape(transformers.LlamaConfig, size)
        config.num_key_value_heads = 2
        return transformers.LlamaForCausalLM(config)

    return _saved(folder, byte_level, build)


def gpt2(folder: Path) -> Path:
    """A causal model with learned positions."""

    def build(size: int) -> Any:
        config = transformers.GPT2Config(
            vocab_size=size + 7, n_embd=32, n_layer=2, n_head=4, n_positions=64
        )
        return transformers.GPT2LMHeadModel(config)

    return _saved(folder, byte_level, build)


def bert(folder: Path) -> Path:
    """A masked model with WordPiece."""
    return _saved(
        folder,
        word_piece,
        lambda size: transformers.BertForMaskedLM(_shape(transformers.BertConfig, size)),
    )


def xlm_roberta(folder: Path) -> Path:
    """A masked model with sentencepiece, whose positions count from 2."""
    return _saved(
        folder,
        lambda place: sentence_piece(place, "XLMRoberta", "sentencepiece.bpe.model"),
        lambda size: transformers.XLMRobertaForMaskedLM(
            _shape(transformers.XLMRobertaConfig, size)
        ),
    )


def camembert(folder: Path) -> Path:
    """Another masked model with sentencepiece."""
    return _saved(
        folder,
        lambda place: sentence_piece(place, "Camembert", "sentencepiece.bpe.model"),
        lambda size: transformers.CamembertForMaskedLM(_shape(transformers.CamembertConfig, size)),
    )


def deberta(folder: Path) -> Path:
    """A masked model with positions relative to each other, as mDeBERTa has them."""
    return _saved(
        folder,
        lambda place: sentence_piece(place, "DebertaV2", "spm.model"),
        lambda size: transformers.DebertaV2ForMaskedLM(
            _shape(transformers.DebertaV2Config, size, relative_attention=True)
        ),
    )


def _shape(config: Any, size: int, **more: Any) -> Any:
    return config(
        **more,
        vocab_size=size,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=64,
    )


def _saved(folder: Path, tokenizer: Callable[[Path], int], build: Callable[[int], Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    size = tokenizer(folder)
    torch.manual_seed(7)
    model = build(size)
    with torch.no_grad():
        for weights in model.parameters():
            # Untrained models guess evenly; larger weights give each guess a shape.
            weights.mul_(6 if weights.dim() > 1 else 1)
    model.save_pretrained(folder)
    return folder
