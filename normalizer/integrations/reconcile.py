"""The reconciliation API of OpenRefine and others, version 0.2, as a function of requests.

No sockets here: `answer` takes what a client asked and returns what to send, so that any server
can carry it. The protocol is the report "Reconciliation Service API v0.2" of the W3C Entity
Reconciliation Community Group (10 April 2023); scores are probabilities times 100, as clients
show them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import normalizer
from normalizer.integrations.catalogue import DEPTH, Catalogue, Entry, Hit
from normalizer.report.html_text import html_text

# A client that sends more at once is told so; OpenRefine sends ten.
MAX_QUERIES = 1_000
MAX_IDS = 1_000
# Letters of one name; what is longer is a text in the wrong column.
MAX_NAME = 1_000
LIMIT = 5
# What may be taken without a person looking: a sure name with no rival near.
MATCH_SCORE, MATCH_LEAD = 0.9, 0.2
# Identifiers without a web address of their own, as the API asks for one.
SPACE = "urn:normalizer:entity"
TYPES = "urn:normalizer:type"
_NAMES = "names:"


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back: an HTTP status, a media type and a text."""

    status: int
    media: str
    text: str


class _RefusedError(Exception):
    """A request that cannot be answered, with its HTTP status and what to do about it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Service:
    """A catalogue behind the API.

    Attributes:
        catalogue: What it answers from.
        name: How clients list it.
        address: Where clients reach it, ``http://127.0.0.1:8080`` say, without a last slash.
    """

    catalogue: Catalogue
    name: str
    address: str

    def answer(self, path: str, query: Mapping[str, str]) -> Answer:
        """Answer one request; whatever it holds, this returns and never raises.

        Args:
            path: Of the address asked for, beginning with a slash.
            query: Parameters of the address and of a form, the last of each name.
        """
        route = _ROUTES.get(path.rstrip("/") or "/")
        try:
            if route is None:
                raise _RefusedError(404, f"no such address; there are {', '.join(_ROUTES)}")
            return route(self, query)
        except _RefusedError as refusal:
            return json_answer({"status": "error", "message": str(refusal)}, refusal.status)

    def reconcile(self, query: Mapping[str, str]) -> Answer:
        """The manifest, or the answers to a batch of queries, or the values to extend rows by."""
        if "queries" in query:
            return json_answer(self._results(_object(query["queries"], "queries")))
        if "extend" in query:
            return json_answer(self._extension(_object(query["extend"], "extend")))
        return json_answer(self._manifest())

    def suggest_entity(self, query: Mapping[str, str]) -> Answer:
        """Entities whose name has a word that begins with ``prefix``."""
        start = _number(query.get("cursor") or "0", "cursor")
        entries = self.catalogue.beginning(query.get("prefix", "")[:MAX_NAME], LIMIT * 2, start)
        return json_answer(
            {
                "result": [
                    {
                        "id": one.id,
                        "name": one.name,
                        "description": one.description,
                        "notable": _types(one),
                    }
                    for one in entries
                ]
            }
        )

    def suggest_type(self, query: Mapping[str, str]) -> Answer:
        """Types whose name begins with ``prefix``."""
        return json_answer({"result": _beginning(_type_list(self.catalogue.types), query)})

    def suggest_property(self, query: Mapping[str, str]) -> Answer:
        """Properties whose name begins with ``prefix``."""
        return json_answer({"result": _beginning(_PROPERTIES, query)})

    def properties(self, query: Mapping[str, str]) -> Answer:
        """The properties that rows can be extended by."""
        limit = _number(query.get("limit") or "0", "limit")
        return json_answer(
            {"properties": _PROPERTIES[: limit or None], "type": query.get("type", "")}
        )

    def preview(self, query: Mapping[str, str]) -> Answer:
        """A small page about one entity."""
        entry = self.catalogue.entries.get(query.get("id", ""))
        if entry is None:
            raise _RefusedError(404, "no entity with this id")
        spellings = self.catalogue.spellings(entry.id)
        rows = "".join(
            f"<dt>{html_text(lang or 'any')}</dt><dd>{html_text(', '.join(forms))}</dd>"
            for lang, forms in spellings.items()
        )
        return Answer(
            200,
            "text/html; charset=utf-8",
            "<!doctype html><html lang='en'><meta charset='utf-8'>"
            f"<title>{html_text(entry.name)}</title>"
            "<body style='font:14px/1.4 sans-serif;margin:8px'>"
            f"<b>{html_text(entry.name)}</b> {html_text(entry.type)}<br>"
            f"{html_text(entry.description)}"
            "<dl style='display:grid;grid-template-columns:3em 1fr;margin:8px 0'>"
            f"{rows}</dl></body></html>",
        )

    def _manifest(self) -> dict[str, Any]:
        def path(where: str) -> dict[str, str]:
            return {"service_url": self.address, "service_path": where}

        return {
            "versions": ["0.2"],
            "name": self.name,
            "identifierSpace": SPACE,
            "schemaSpace": TYPES,
            "serviceVersion": normalizer.__version__,
            "defaultTypes": _type_list(self.catalogue.types),
            "view": {"url": f"{self.address}/preview?id={{{{id}}}}"},
            "preview": {
                "url": f"{self.address}/preview?id={{{{id}}}}",
                "width": 420,
                "height": 280,
            },
            "suggest": {
                "entity": path("/suggest/entity"),
                "type": path("/suggest/type"),
                "property": path("/suggest/property"),
            },
            "extend": {"propose_properties": path("/properties"), "property_settings": []},
        }

    def _results(self, queries: Mapping[str, Any]) -> dict[str, Any]:
        if len(queries) > MAX_QUERIES:
            raise _RefusedError(413, f"{len(queries)} queries at once; send at most {MAX_QUERIES}")
        names, types, limits = [], [], []
        for key, query in queries.items():
            if not isinstance(query, dict) or not isinstance(query.get("query", ""), str):
                raise _RefusedError(400, f"query '{key}' is no object with a text under 'query'")
            # A name longer than any is not looked up in part: half a name is another name.
            name = query.get("query", "")
            names.append(name if len(name) <= MAX_NAME else "")
            wanted = query.get("type") or ()
            types.append([wanted] if isinstance(wanted, str) else [str(one) for one in wanted])
            limits.append(_number(str(query.get("limit") or LIMIT), f"limit of '{key}'"))
        found = self.catalogue.find(names, types)
        return {
            key: {"result": _candidates(hits, min(limit, DEPTH))}
            for key, hits, limit in zip(queries, found, limits, strict=True)
        }

    def _extension(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        ids, properties = wish.get("ids"), wish.get("properties")
        if not isinstance(ids, list) or not isinstance(properties, list):
            raise _RefusedError(400, "extend wants lists under 'ids' and 'properties'")
        if len(ids) > MAX_IDS:
            raise _RefusedError(413, f"{len(ids)} ids at once; send at most {MAX_IDS}")
        names = {one["id"]: one["name"] for one in _PROPERTIES}
        wanted = [
            one["id"]
            for one in properties
            if isinstance(one, dict) and isinstance(one.get("id"), str)
        ]
        return {
            "meta": [{"id": one, "name": names.get(one, one)} for one in wanted],
            "rows": {
                str(id_): {one: [{"str": s} for s in self._values(str(id_), one)] for one in wanted}
                for id_ in ids
            },
        }

    def _values(self, entity_id: str, wanted: str) -> Iterable[str]:
        entry = self.catalogue.entries.get(entity_id)
        if entry is None:
            return ()
        if wanted in ("name", "type", "description"):
            value: str = getattr(entry, wanted)
            return (value,) if value else ()
        spellings = self.catalogue.spellings(entity_id)
        if wanted == "names":
            return sorted({form for forms in spellings.values() for form in forms})
        return spellings.get(wanted.removeprefix(_NAMES), ())


_ROUTES: Mapping[str, Callable[[Service, Mapping[str, str]], Answer]] = {
    "/": Service.reconcile,
    "/suggest/entity": Service.suggest_entity,
    "/suggest/type": Service.suggest_type,
    "/suggest/property": Service.suggest_property,
    "/properties": Service.properties,
    "/preview": Service.preview,
}
# BCP 47 codes of the languages that tables have conventions for, and of scripts behind them.
_LANGUAGES = (
    "ar az be bg cs da de el en es et fa fi fr he hr hu hy it ja ka kk ko lt lv nl no pl pt ro ru "
    "sk sl sr sv tr uk vi zh"
).split()
_PROPERTIES = [
    {"id": "name", "name": "name"},
    {"id": "type", "name": "type"},
    {"id": "description", "name": "description"},
    {"id": "names", "name": "all spellings"},
    *({"id": f"{_NAMES}{lang}", "name": f"spellings in {lang}"} for lang in _LANGUAGES),
]


def _candidates(hits: list[Hit], limit: int) -> list[dict[str, Any]]:
    """Candidates as clients show them; the first is a match if it is sure and alone."""
    second = hits[1].score if len(hits) > 1 else 0.0
    return [
        {
            "id": hit.entry.id,
            "name": hit.entry.name,
            "description": hit.entry.description,
            "score": round(100 * hit.score, 2),
            "match": at == 0 and hit.score >= MATCH_SCORE and hit.score - second >= MATCH_LEAD,
            "type": _types(hit.entry),
        }
        for at, hit in enumerate(hits[:limit])
    ]


def _types(entry: Entry) -> list[dict[str, str]]:
    return _type_list([entry.type] if entry.type else [])


def _type_list(types: Iterable[str]) -> list[dict[str, str]]:
    return [{"id": one, "name": one} for one in types]


def _beginning(rows: Iterable[dict[str, str]], query: Mapping[str, str]) -> list[dict[str, str]]:
    prefix = query.get("prefix", "").casefold()
    return [one for one in rows if one["name"].casefold().startswith(prefix)]


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _RefusedError(400, f"'{name}' is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise _RefusedError(400, f"'{name}' is no JSON object")
    return found


def _number(text: str, name: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise _RefusedError(400, f"{name} is no whole number from 0 to 999999")
    return int(text)


def json_answer(content: object, status: int = 200) -> Answer:
    """An answer of JSON."""
    # Lone surrogates cannot be sent as UTF-8; escaped they can.
    return Answer(status, "application/json; charset=utf-8", json.dumps(content))
