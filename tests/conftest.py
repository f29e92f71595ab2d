"""Fixtures for all tests: the shipped tables, and a tiny folder of our own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from normalizer.annotation import Document, Report
from normalizer.names.evidence import gather
from normalizer.names.knowledge import Knowledge, open_knowledge
from normalizer.names.tables import Tables, load_tables
from normalizer.pipeline import normalize, survey_document

TINY_SEEDS = Path(__file__).parent / "seeds_tiny"

Normalize = Callable[..., str]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of compiled bases for the whole session, shared by parallel workers.

    Bases are moved into place in one step, so two workers that compile the same one do no harm.
    """
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "compiled"


@pytest.fixture(scope="session")
def tables() -> Tables:
    """The shipped tables."""
    return load_tables()


@pytest.fixture(scope="session")
def knowledge(cache: Path) -> Knowledge:
    """The shipped tables, compiled."""
    return open_knowledge(cache)


@pytest.fixture(scope="session")
def tiny_seeds() -> Path:
    """The folder of the tiny tables; read only."""
    return TINY_SEEDS


@pytest.fixture(scope="session")
def tiny_tables() -> Tables:
    """The tiny tables."""
    return load_tables(TINY_SEEDS)


@pytest.fixture(scope="session")
def tiny_knowledge(cache: Path) -> Knowledge:
    """The tiny tables, compiled."""
    return open_knowledge(cache, seeds=TINY_SEEDS)


def report_of(text: str, knowledge: Knowledge, siblings: tuple[str, ...] = ()) -> Report:
    """Normalize one text that lies in a folder with some others."""
    documents = [Document(f"{at}.txt", one) for at, one in enumerate((text, *siblings))]
    surveys = [survey_document(one, knowledge) for one in documents if siblings]
    folder = gather(surveys)
    return normalize(documents[0], knowledge, folder=folder)


@pytest.fixture(scope="session")
def normalized(knowledge: Knowledge) -> Normalize:
    """Text in, text out, by the shipped tables; ``siblings`` lie in the same folder."""

    def run(text: str, *siblings: str) -> str:
        return report_of(text, knowledge, siblings).text

    return run


@pytest.fixture(scope="session")
def tiny_normalized(tiny_knowledge: Knowledge) -> Normalize:
    """The same by the tiny tables."""

    def run(text: str, *siblings: str) -> str:
        return report_of(text, tiny_knowledge, siblings).text

    return run
