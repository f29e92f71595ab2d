"""The reconciliation service: what it answers, what it refuses, and how it is served."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.integrations.catalogue import Catalogue, of_base, of_list
from normalizer.integrations.loopback import MAX_BODY, LoopbackServer
from normalizer.integrations.reconcile import MAX_QUERIES, Service
from normalizer.names.entity_lists import MatchEntity
from normalizer.names.knowledge import Knowledge

PEOPLE = [
    MatchEntity("p1", "Yevgeny Primakov", "person", "Евгений Примаков", "ru"),
    MatchEntity("p2", "Andrzej Wajda", "person", aliases=("A. Wajda",)),
    MatchEntity("p3", "Anna Karenina", "person"),
    MatchEntity("p4", "Anna Karenina", "vessel"),
    MatchEntity("x<1>", "<b>Bold</b> & Sons", "company"),
]


@pytest.fixture(scope="module")
def service() -> Service:
    return Service(of_list(PEOPLE), "people", "http://127.0.0.1:8000")


def asked(service: Service, path: str, **query: Any) -> dict[str, Any]:
    parameters = {k: v if isinstance(v, str) else json.dumps(v) for k, v in query.items()}
    answer = service.answer(path, parameters)
    assert answer.media.startswith("application/json")
    found: dict[str, Any] = json.loads(answer.text) | {"code": answer.status}
    return found


def found(service: Service, **query: Any) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = asked(service, "/", queries={"q": query})["q"]["result"]
    return result


def test_the_manifest_names_every_service_it_has(service: Service) -> None:
    manifest = asked(service, "/")
    assert manifest["versions"] == ["0.2"]
    assert {one["id"] for one in manifest["defaultTypes"]} == {"person", "vessel", "company"}
    assert "{{id}}" in manifest["view"]["url"]
    paths = [one["service_path"] for one in manifest["suggest"].values()]
    paths.append(manifest["extend"]["propose_properties"]["service_path"])
    for path in paths:
        assert asked(service, path, prefix="a")["code"] == 200
    preview = manifest["preview"]["url"].removeprefix(service.address).partition("?")[0]
    assert service.answer(preview, {"id": "p1"}).status == 200


def test_a_foreign_spelling_finds_its_entity(service: Service) -> None:
    best, *_ = found(service, query="Evgueni Primakov")
    assert (best["id"], best["name"], best["match"]) == ("p1", "Yevgeny Primakov", True)
    assert 90 <= best["score"] <= 100
    assert best["type"] == [{"id": "person", "name": "person"}]


def test_a_listed_alias_is_a_match(service: Service) -> None:
    best, *_ = found(service, query="a. wajda")
    assert (best["id"], best["match"]) == ("p2", True)


def test_a_name_nobody_bears_is_no_match(service: Service) -> None:
    assert not any(one["match"] for one in found(service, query="Zbigniew Religa"))
    assert found(service, query="") == []


def test_two_bearers_of_one_name_are_left_to_a_person(service: Service) -> None:
    first, second, *_ = found(service, query="Anna Karenina")
    assert {first["id"], second["id"]} == {"p3", "p4"}
    assert not first["match"]
    (best, *_) = found(service, query="Anna Karenina", type="vessel")
    assert (best["id"], best["match"]) == ("p4", True)
    assert found(service, query="Anna Karenina", type=["company"], limit=3) == []


def test_the_limit_is_kept(service: Service) -> None:
    assert len(found(service, query="Anna", limit=1)) == 1


def test_a_batch_keeps_its_keys(service: Service) -> None:
    batch = {"q0": {"query": "Wajda"}, "other": {"query": "Primakov"}}
    answers = asked(service, "/", queries=batch)
    assert answers["q0"]["result"][0]["id"] == "p2"
    assert answers["other"]["result"][0]["id"] == "p1"


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ({"queries": "{"}, 400, "not JSON"),
        ({"queries": "[1]"}, 400, "no JSON object"),
        ({"queries": '{"q": 7}'}, 400, "query 'q'"),
        ({"queries": '{"q": {"query": 7}}'}, 400, "query 'q'"),
        ({"queries": '{"q": {"query": "a", "limit": -1}}'}, 400, "limit"),
        ({"queries": "[" * 100_000}, 400, "not JSON"),
        ({"extend": '{"ids": "p1", "properties": []}'}, 400, "lists"),
        (
            {"queries": json.dumps({str(n): {"query": "a"} for n in range(MAX_QUERIES + 1)})},
            413,
            "at most",
        ),
        ({"extend": json.dumps({"ids": ["p1"] * 5000, "properties": []})}, 413, "at most"),
    ],
)
def test_what_it_cannot_answer_is_refused(
    service: Service, query: dict[str, str], status: int, told: str
) -> None:
    answer = service.answer("/", query)
    assert answer.status == status
    assert told in json.loads(answer.text)["message"]


def test_an_unknown_address_is_told(service: Service) -> None:
    assert asked(service, "/suggest/nothing")["code"] == 404
    assert asked(service, "/preview", id="nobody")["code"] == 404
    assert asked(service, "/suggest/entity", prefix="a", cursor="x")["code"] == 400


def test_a_text_in_the_wrong_column_finds_nothing(service: Service) -> None:
    assert found(service, query="Andrzej Wajda " * 200) == []


def test_a_beginning_finds_every_name_with_such_a_word(service: Service) -> None:
    def suggested(**query: str) -> list[str]:
        return [one["id"] for one in asked(service, "/suggest/entity", **query)["result"]]

    assert suggested(prefix="waj") == ["p2"]
    assert suggested(prefix="ANNA k") == ["p3", "p4"]
    assert suggested(prefix="anna", cursor="1") == ["p4"]
    assert suggested(prefix="zzz") == suggested(prefix="") == []


def test_types_and_properties_are_suggested(service: Service) -> None:
    types = asked(service, "/suggest/type", prefix="per")["result"]
    assert types == [{"id": "person", "name": "person"}]
    properties = asked(service, "/properties", type="person", limit="2")["properties"]
    assert len(properties) == 2
    names = asked(service, "/suggest/property", prefix="spellings in f")["result"]
    assert {"id": "names:fr", "name": "spellings in fr"} in names


def test_rows_are_extended(service: Service) -> None:
    wish = {
        "ids": ["p1", "p2", "gone"],
        "properties": [{"id": "name"}, {"id": "names:ru"}, {"id": "names"}, {"id": "made up"}],
    }
    answer = asked(service, "/", extend=wish)
    assert [one["id"] for one in answer["meta"]] == ["name", "names:ru", "names", "made up"]
    assert answer["rows"]["p1"]["names:ru"] == [{"str": "Евгений Примаков"}]
    assert answer["rows"]["p2"]["names"] == [{"str": "A. Wajda"}, {"str": "Andrzej Wajda"}]
    assert answer["rows"]["p2"]["made up"] == []
    assert answer["rows"]["gone"]["name"] == []


def test_a_hostile_name_is_shown_and_not_run(service: Service) -> None:
    page = service.answer("/preview", {"id": "x<1>"}).text
    assert "<b>Bold" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons" in page


@given(st.dictionaries(st.text(max_size=3), st.text(max_size=8), max_size=3), st.text(max_size=9))
def test_whatever_is_asked_something_is_answered(query: dict[str, str], path: str) -> None:
    service = Service(_NOBODY, "nobody", "http://127.0.0.1:1")
    for route in (path, "/", "/suggest/entity", "/properties"):
        for more in ({}, {"queries": query.get("", "{}")}, {"extend": query.get("", "{}")}):
            answer = service.answer(route, query | more)
            assert answer.status in (200, 400, 404, 413)
            answer.text.encode()


_NOBODY: Catalogue = of_list([MatchEntity("n", "Nobody Atall", "person")])


# -- the knowledge base ----------------------------------------------------------------------


def test_the_base_answers_by_every_spelling_of_its_tables(tiny_knowledge: Knowledge) -> None:
    catalogue = of_base(tiny_knowledge)
    service = Service(catalogue, "base", "http://127.0.0.1:8000")
    for spelling in ("Vladimir Poutine", "vladimir poutine", "Владимир Путин"):
        best, *_ = found(service, query=spelling)
        assert (best["name"], best["match"]) == ("Vladimir Putin", True)
    (id_,) = {one.id for one in catalogue.entries.values() if one.name == "Vladimir Putin"}
    spellings = catalogue.spellings(id_)
    assert spellings["ru"] == ["Владимир Путин"]
    assert "Poutine" in " ".join(spellings["fr"])
    assert catalogue.spellings("nobody") == {}


# -- over a socket ---------------------------------------------------------------------------


@contextmanager
def served(service: Service, *origins: str) -> Iterator[http.client.HTTPConnection]:
    with LoopbackServer("127.0.0.1", 0, origins) as server:
        thread = threading.Thread(target=server.serve, args=(service.answer,))
        thread.start()
        port = server.server_address[1]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            yield connection
        finally:
            connection.close()
            server.shutdown()
            thread.join()


def sent(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str = "",
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    connection.request(method, path, body.encode() or None, headers or {})
    response = connection.getresponse()
    return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()


def test_queries_come_by_address_and_by_form(service: Service) -> None:
    queries = json.dumps({"q": {"query": "Evgueni Primakov"}})
    with served(service) as connection:
        by_address = sent(connection, "GET", f"/?queries={quote(queries)}")
        by_form = sent(connection, "POST", "/", urlencode({"queries": queries}))
    assert by_address[0] == by_form[0] == 200
    assert json.loads(by_address[2]) == json.loads(by_form[2])
    assert json.loads(by_form[2])["q"]["result"][0]["id"] == "p1"


def test_only_the_given_origins_may_read(service: Service) -> None:
    ours, other = "http://127.0.0.1:3333", "http://example.org"
    with served(service, ours) as connection:
        assert sent(connection, "GET", "/", headers={"Origin": ours})[1][
            "access-control-allow-origin"
        ] == (ours)
        headers = sent(connection, "GET", "/", headers={"Origin": other})[1]
        assert "access-control-allow-origin" not in headers
        assert sent(connection, "OPTIONS", "/", headers={"Origin": ours})[0] == 200


def test_a_rebound_name_is_refused(service: Service) -> None:
    with served(service) as connection:
        assert sent(connection, "GET", "/", headers={"Host": "evil.example:80"})[0] == 403
    with served(service) as connection:
        assert sent(connection, "POST", "/", "a=b", {"Host": "[::bad"})[0] == 403


def test_a_body_too_large_or_of_no_length_is_refused(service: Service) -> None:
    with served(service) as connection:
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", str(MAX_BODY + 1))
        connection.endheaders()
        assert connection.getresponse().status == 413
    with served(service) as connection:
        connection.putrequest("POST", "/")
        connection.endheaders()
        assert connection.getresponse().status == 411


def test_a_client_that_goes_away_stops_nothing(service: Service) -> None:
    with served(service) as connection:
        for _ in range(5):
            connection.putrequest("POST", "/")
            connection.putheader("Content-Length", "100")
            connection.endheaders()
            connection.close()
        assert sent(connection, "GET", "/")[0] == 200
        assert sent(connection, "HEAD", "/")[2] == b""
