"""One contract for all adapters: what the library says, spans exact, inputs as they were.

Each row of ``ADAPTERS`` says how its host holds texts; the tests below are the same for all.
"""

from __future__ import annotations

import copy
import doctest
import importlib
import pickle
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from normalizer import indexing
from normalizer.indexing import Normalizer
from normalizer.names.knowledge import Knowledge

TEXTS = [
    "Vladimir Poutine met Evgueni Prigojine in Moscou.",
    "Nothing foreign, poutine with gravy.",
    "",
    "Déjà vu \N{SLICE OF PIZZA}: Prigojine's men left Kijów, said MOSCOU.",
    "Vladimir Putin\n\nwas in Moscow; M. Poutine spoke.",
]


@dataclass(frozen=True, slots=True)
class Adapter:
    """How a host holds texts.

    Attributes:
        host: The module that must be installed.
        make: The adapter for a normalizer, as `pickle` must be able to keep it.
        wrap: Texts as the host holds them.
        call: The adapter at work.
        texts: What came out, as texts.
        ids: Entity ids of each text.
        plain: An input as plain values, to see whether it changed.
    """

    host: str
    make: Callable[[Normalizer], Any]
    wrap: Callable[[Sequence[str]], Any]
    call: Callable[[Any, Any], Any]
    texts: Callable[[Any], list[str]]
    ids: Callable[[Any], list[list[str]]]
    plain: Callable[[Any], Any]


def of(module: str) -> Any:
    """A module of ours or of a host, imported only when its test runs."""
    with warnings.catch_warnings():
        # What hosts say of themselves while they load is not ours to mend.
        warnings.simplefilter("ignore")
        return importlib.import_module(module)


def ours(name: str) -> Any:
    return of(f"normalizer.integrations.{name}")


def wishes(normalizer: Normalizer) -> dict[str, Any]:
    return {"seeds": str(normalizer.seeds), "cache": str(normalizer.cache)}


def spacy_pipeline(normalizer: Normalizer) -> Any:
    ours("spacy")
    nlp = of("spacy").blank("en")
    nlp.add_pipe("normalizer", config=wishes(normalizer))
    return nlp


ADAPTERS = {
    "spacy": Adapter(
        "spacy",
        spacy_pipeline,
        list,
        lambda made, texts: [made(text) for text in texts],
        lambda docs: [doc._.normalized for doc in docs],
        lambda docs: [[span.kb_id_ for span in doc.spans["normalizer"]] for doc in docs],
        list,
    ),
    "haystack": Adapter(
        "haystack",
        lambda normalizer: ours("haystack").NameNormalizer(**wishes(normalizer)),
        lambda texts: [of("haystack").Document(content=one, meta={"k": [1]}) for one in texts],
        lambda made, documents: made.run(documents)["documents"],
        lambda documents: [one.content for one in documents],
        lambda documents: [one.meta["entities"] for one in documents],
        lambda documents: [one.to_dict() for one in documents],
    ),
    "langchain": Adapter(
        "langchain_core",
        lambda normalizer: ours("langchain").NameNormalizer(normalizer),
        lambda texts: [
            of("langchain_core.documents").Document(page_content=one, metadata={"k": [1]}, id="7")
            for one in texts
        ],
        lambda made, documents: made.transform_documents(documents),
        lambda documents: [one.page_content for one in documents],
        lambda documents: [one.metadata["entities"] for one in documents],
        lambda documents: [one.model_dump() for one in documents],
    ),
    "llamaindex": Adapter(
        "llama_index.core",
        lambda normalizer: ours("llamaindex").NameNormalizer(normalizer=normalizer),
        lambda texts: [
            of("llama_index.core.schema").TextNode(text=one, id_=str(at), metadata={"k": [1]})
            for at, one in enumerate(texts)
        ],
        lambda made, nodes: made(nodes),
        lambda nodes: [one.get_content() for one in nodes],
        lambda nodes: [one.metadata["entities"] for one in nodes],
        lambda nodes: [one.model_dump() for one in nodes],
    ),
    "datatrove": Adapter(
        "datatrove",
        lambda normalizer: ours("datatrove").NameNormalizer(normalizer),
        lambda texts: [
            of("datatrove.data").Document(text=one, id=str(at), metadata={"k": [1]})
            for at, one in enumerate(texts)
        ],
        lambda made, documents: list(made.run(documents)),
        lambda documents: [one.text for one in documents],
        lambda documents: [one.metadata["entities"] for one in documents],
        copy.deepcopy,
    ),
    "datasets": Adapter(
        "datasets",
        lambda normalizer: ours("datasets").NameColumns(normalizer),
        lambda texts: {"text": list(texts), "n": list(range(len(texts)))},
        lambda made, batch: made(batch),
        lambda batch: batch["text_norm"],
        lambda batch: batch["entities"],
        copy.deepcopy,
    ),
    "pandas": Adapter(
        "pandas",
        lambda normalizer: normalizer,
        lambda texts: of("pandas").Series(list(texts), index=range(10, 10 + len(texts)), name="t"),
        lambda made, series: ours("pandas").NameAccessor(series) and (
            series.normalizer.text(made), series.normalizer.entities(made)
        ),
        lambda both: list(both[0]),
        lambda both: list(both[1]),
        lambda series: series.to_dict(),
    ),
    "polars": Adapter(
        "polars",
        lambda normalizer: normalizer,
        lambda texts: of("polars").DataFrame({"text": list(texts)}),
        lambda made, frame: ours("polars") and frame.lazy().select(
            text=of("polars").col("text").normalizer.text(made),
            ids=of("polars").col("text").normalizer.entities(made),
        ).collect(),
        lambda frame: frame["text"].to_list(),
        lambda frame: frame["ids"].to_list(),
        lambda frame: frame.to_dicts(),
    ),
    "arrow": Adapter(
        "pyarrow",
        lambda normalizer: ours("arrow").NameBatches(normalizer),
        lambda texts: of("pyarrow").RecordBatch.from_pydict({"text": list(texts)}),
        lambda made, batch: next(made.batches([batch])),
        lambda batch: batch.column("text_norm").to_pylist(),
        lambda batch: batch.column("entities").to_pylist(),
        lambda batch: batch.to_pydict(),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def normalizer(cache: Path, tiny_seeds: Path) -> Normalizer:
    return Normalizer(cache=cache, seeds=tiny_seeds)


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    found = ADAPTERS[request.param]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip(found.host, exc_type=ImportError)
    return found


# -- the contract ----------------------------------------------------------------------------


def test_the_texts_are_those_of_the_library(adapter: Adapter, normalizer: Normalizer) -> None:
    out = adapter.call(adapter.make(normalizer), adapter.wrap(TEXTS))
    assert adapter.texts(out) == [normalizer.text(text).text for text in TEXTS]
    assert adapter.texts(out) != TEXTS


def test_the_entities_are_those_of_the_library(adapter: Adapter, normalizer: Normalizer) -> None:
    out = adapter.call(adapter.make(normalizer), adapter.wrap(TEXTS))
    for ids, text in zip(adapter.ids(out), TEXTS, strict=True):
        assert tuple(dict.fromkeys(ids)) == normalizer.text(text).entity_ids
    assert adapter.ids(out)[0] == ["per:vladimir-putin", "per:yevgeny-prigozhin", "geo:2"]


def test_the_input_stays_as_it_was(adapter: Adapter, normalizer: Normalizer) -> None:
    given = adapter.wrap(TEXTS)
    before = copy.deepcopy(adapter.plain(given))
    adapter.call(adapter.make(normalizer), given)
    assert adapter.plain(given) == before


def test_it_can_be_sent_to_another_process(adapter: Adapter, normalizer: Normalizer) -> None:
    made = adapter.make(normalizer)
    first = adapter.texts(adapter.call(made, adapter.wrap(TEXTS)))
    if adapter.host == "spacy":
        # spaCy sends the components of a pipeline, not the pipeline.
        made.replace_pipe("normalizer", "normalizer", config=wishes(normalizer))
        pickle.loads(pickle.dumps(made.get_pipe("normalizer")))
        again = made
    else:
        again = pickle.loads(pickle.dumps(made))
    assert adapter.texts(adapter.call(again, adapter.wrap(TEXTS))) == first


def test_twice_is_once(adapter: Adapter, normalizer: Normalizer) -> None:
    made = adapter.make(normalizer)
    once = adapter.texts(adapter.call(made, adapter.wrap(TEXTS)))
    out = adapter.call(made, adapter.wrap(once))
    assert adapter.texts(out) == once
    assert adapter.ids(out) == adapter.ids(adapter.call(made, adapter.wrap(TEXTS)))


def test_a_text_does_not_depend_on_its_neighbours(adapter: Adapter, normalizer: Normalizer) -> None:
    made = adapter.make(normalizer)
    together = adapter.texts(adapter.call(made, adapter.wrap(TEXTS)))
    apart = [adapter.texts(adapter.call(made, adapter.wrap([text])))[0] for text in TEXTS]
    assert together == apart


# -- what only one host has ------------------------------------------------------------------


@pytest.fixture
def spacy(normalizer: Normalizer) -> Any:
    pytest.importorskip("spacy")
    return spacy_pipeline(normalizer)


def test_spacy_spans_are_exact(spacy: Any) -> None:
    doc = spacy(TEXTS[3])
    spans = doc.spans["normalizer"]
    assert [(span.text, span.label_, span.kb_id_, span.id_) for span in spans] == [
        ("Prigojine", "person", "per:yevgeny-prigozhin", "per:yevgeny-prigozhin"),
        ("Kijów", "capital", "geo:1", "geo:1"),
        ("MOSCOU", "capital", "geo:2", "geo:2"),
    ]
    for one in doc._.normalizer_entities:
        assert doc.text[one["start"] : one["end"]] == one["surface"]
        assert doc._.normalized[one["new_start"] : one["new_end"]] == one["text"]


def test_spacy_keeps_a_name_inside_a_token_in_its_list(spacy: Any) -> None:
    doc = spacy("In Moscou/Kijów.")
    listed = [one["surface"] for one in doc._.normalizer_entities]
    assert [span.text for span in doc.spans["normalizer"]] == [
        surface for surface in listed if surface in {token.text for token in doc}
    ]


def test_spacy_documents_can_be_stored(spacy: Any, tmp_path: Path) -> None:
    kept = of("spacy.tokens").DocBin
    docs = kept(docs=[spacy(TEXTS[0])], store_user_data=True)
    docs.to_disk(tmp_path / "docs")
    (doc,) = kept().from_disk(tmp_path / "docs").get_docs(spacy.vocab)
    assert doc._.normalized == "Vladimir Putin met Yevgeny Prigozhin in Moscow."
    assert [span.kb_id_ for span in doc.spans["normalizer"]][-1] == "geo:2"


def test_spacy_finds_the_component_by_its_entry_point() -> None:
    parser = ConfigParser()
    parser.read(Path(__file__).parents[1] / "setup.cfg", "utf-8")
    name, _, target = parser["options.entry_points"]["spacy_factories"].strip().partition(" = ")
    module, _, function = target.partition(":")
    pytest.importorskip("spacy")
    assert name == "normalizer"
    assert callable(getattr(of(module), function))


def test_spacy_rulers_take_the_patterns(normalizer: Normalizer) -> None:
    spacy = pytest.importorskip("spacy")
    patterns = list(ours("spacy").patterns(normalizer.knowledge, ["per:vladimir-putin", "geo:2"]))
    forms = [one["pattern"] for one in patterns]
    assert {"Vladimir Putin", "Vladimir Poutine", "Moscow", "Moscou"} <= set(forms)
    assert {"poutine", "Poutine"}.isdisjoint(forms), "a ruler would mark the dish"
    nlp = spacy.blank("en")
    nlp.add_pipe("span_ruler").add_patterns(patterns)
    doc = nlp("Vladimir Poutine ate poutine in Moscou.")
    assert [(one.text, one.label_, one.id_) for one in doc.spans["ruler"]] == [
        ("Vladimir Poutine", "person", "per:vladimir-putin"),
        ("Moscou", "capital", "geo:2"),
    ]


def test_spacy_patterns_of_the_whole_base(normalizer: Normalizer) -> None:
    pytest.importorskip("spacy")
    ids = {one["id"] for one in ours("spacy").patterns(normalizer.knowledge)}
    assert {"per:vladimir-putin", "geo:2"} < ids


def test_haystack_pipelines_are_stored_with_the_wishes(normalizer: Normalizer) -> None:
    pytest.importorskip("haystack")
    pipeline = of("haystack").Pipeline()
    component = ours("haystack").NameNormalizer(**wishes(normalizer), style=["Kiev"])
    pipeline.add_component("names", component)
    again = of("haystack").Pipeline.loads(
        pipeline.dumps(), allowed_modules=[type(component).__module__]
    )
    document = of("haystack").Document(content="in Kijów", meta={"k": 1})
    (out,) = again.run({"names": {"documents": [document]}})["names"]["documents"]
    assert (out.content, out.meta, out.id) == (
        "in Kiev",
        {"k": 1, "entities": ["geo:1"]},
        document.id,
    )


def test_haystack_queries_go_the_same_way(normalizer: Normalizer) -> None:
    pytest.importorskip("haystack")
    component = ours("haystack").QueryNormalizer(**wishes(normalizer))
    again = type(component).from_dict(component.to_dict())
    assert again.run("Moscou")["query"] == normalizer.text("Moscou").text == "Moscow"


def test_haystack_hands_on_what_has_no_text(normalizer: Normalizer) -> None:
    pytest.importorskip("haystack")
    document = of("haystack").Document(content=None, meta={"k": 1})
    component = ours("haystack").NameNormalizer(**wishes(normalizer))
    assert component.run([document])["documents"] == [document]


def test_a_key_that_is_empty_adds_nothing(normalizer: Normalizer) -> None:
    pytest.importorskip("langchain_core")
    documents = ADAPTERS["langchain"].wrap(["in Moscou"])
    made = ours("langchain").NameNormalizer(normalizer, entities_key="")
    (out,) = made.transform_documents(documents)
    assert (out.page_content, out.metadata, out.id) == ("in Moscow", {"k": [1]}, "7")


def test_llamaindex_runs_it_in_an_ingestion_pipeline(normalizer: Normalizer) -> None:
    pytest.importorskip("llama_index.core")
    ingestion, schema = of("llama_index.core.ingestion"), of("llama_index.core.schema")
    made = ours("llamaindex").NameNormalizer(normalizer=normalizer)
    pipeline = ingestion.IngestionPipeline(transformations=[made], disable_cache=True)
    document = schema.Document(text="in Moscou", doc_id="a")
    (out,) = pipeline.run(documents=[document])
    assert (out.get_content(), out.id_, out.metadata) == ("in Moscow", "a", {"entities": ["geo:2"]})
    assert "entities" not in out.get_content(schema.MetadataMode.EMBED)
    assert document.text == "in Moscou"


def test_datatrove_runs_it_in_a_job(normalizer: Normalizer, tmp_path: Path) -> None:
    pytest.importorskip("datatrove")
    documents = ADAPTERS["datatrove"].wrap(TEXTS)
    step = ours("datatrove").NameNormalizer(normalizer)
    assert [step.format(text) for text in TEXTS] == [normalizer.text(text).text for text in TEXTS]
    list(step.run(documents))
    assert step.stats["total"].total == len(TEXTS)


def test_datasets_map_takes_it(normalizer: Normalizer) -> None:
    pytest.importorskip("datasets")
    datasets = of("datasets")
    dataset = datasets.Dataset.from_dict({"text": ["in Moscou", None], "n": [1, 2]})
    datasets.disable_progress_bars()
    out = dataset.map(ours("datasets").NameColumns(normalizer), batched=True)
    assert out.to_dict() == {
        "text": ["in Moscou", None],
        "n": [1, 2],
        "text_norm": ["in Moscow", None],
        "entities": [["geo:2"], []],
    }


def test_pandas_keeps_index_name_type_and_what_is_no_text(normalizer: Normalizer) -> None:
    pandas = pytest.importorskip("pandas")
    ours("pandas")
    series = pandas.Series(["in Moscou", None], index=["b", "a"], name="t")
    out = series.normalizer.text(normalizer)
    assert list(out.index) == ["b", "a"]
    assert (out.name, out.dtype) == ("t", series.dtype)
    assert out["b"] == "in Moscow"
    assert pandas.isna(out["a"])
    assert list(series.normalizer.entities(normalizer)) == [["geo:2"], []]


def test_polars_keeps_nulls(normalizer: Normalizer) -> None:
    polars = pytest.importorskip("polars")
    ours("polars")
    frame = polars.DataFrame({"t": ["in Moscou", None]})
    text = polars.col("t").normalizer
    assert frame.select(text.text(normalizer))["t"].to_list() == ["in Moscow", None]
    assert frame.select(text.entities(normalizer))["t"].to_list() == [["geo:2"], None]


@pytest.mark.parametrize("kind", ["string", "large_string"])
def test_arrow_takes_tables_and_keeps_nulls_and_types(kind: str, normalizer: Normalizer) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"t": pa.array(["in Moscou", None], kind), "n": [1, 2]})
    made = ours("arrow").NameBatches(normalizer, field="t", out_field="t")
    out = made(table)
    assert out.to_pydict() == {
        "t": ["in Moscow", None],
        "n": [1, 2],
        "entities": [["geo:2"], None],
    }
    assert out.schema.field("t").type == table.schema.field("t").type


# -- what the pages show ---------------------------------------------------------------------

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```pycon\n(.*?)^```$", re.M | re.S)


def sections() -> Iterator[Any]:
    """The code of each section of the pages on indexing and on frameworks."""
    for page in (DOCS / "indexing.md", DOCS / "integrations.md"):
        for section in re.split(r"^## ", page.read_text("utf-8"), flags=re.M)[1:]:
            code = "".join(block.group(1) for block in BLOCK.finditer(section))
            if code:
                yield pytest.param(code, id=f"{page.stem}-{section.splitlines()[0]}")


@pytest.mark.parametrize("code", list(sections()))
def test_what_a_page_shows_is_what_happens(
    code: str, cache: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host in re.findall(r"^>>> (?:import|from) (?!normalizer)([\w.]+)", code, re.M):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pytest.importorskip(host, exc_type=ImportError)
    # Pages open the user's own base; here it is the one compiled for the tests.
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: cache)
    indexing._open.cache_clear()
    if "spacy" in code:
        ours("spacy")
    told: list[str] = []
    test = doctest.DocTestParser().get_doctest(code, {}, "page", None, 0)
    doctest.DocTestRunner().run(test, out=told.append)
    assert told == []
