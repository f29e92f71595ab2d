"""The page of a report: what is on it, that nothing in it can act, and how it behaves in Chromium.

Tests that need the browser are skipped where there is none.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, Browser, browser
from hypothesis import given
from hypothesis import strategies as st
from made_reports import found, marked

from normalizer.annotation import Entity, Evidence, Span, Suggestion
from normalizer.report.contents import Contents, Marked
from normalizer.report.html_text import html_json, html_text
from normalizer.report.page import page

TEXT = "From Moscou to Kiev, he he said.\n\nThe overload pleased Moscou."
ENTITIES = {"geo:1": Entity("geo:1", "capital", "Moscow")}
CONTENTS = Contents(
    {"v": 1, "record": "run", "normalizer": "9.9", "apply": 0.9, "siblings": "auto"},
    ({"path": "a.txt", "applied": 1, "proposed": 3, "faults": ["broken & bad"], "notes": []},),
    (
        marked(
            TEXT,
            found(TEXT, "Moscou", "Moscow", entity="geo:1"),
            found(TEXT, "Kiev", "Kyiv", entity="geo:2", action="propose", score=0.6),
            found(TEXT, "he he", "he", category="repeated", score=0.9),
            found(TEXT, "overload", "reset", category="sense"),
        ),
    ),
)
# Each would act if one escaping were missing; several act only in one place of a page.
HOSTILE = [
    "</script><script>parent.hit=1</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</noscript><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "&lt;b&gt;&#60;script&#62;",
    "${7*7}{{7*7}}$title",
    "javascript:alert(1)",
    "a\u2028b\u2029c",
    "\u202egnp.exe\u202c \u200b\u00ad",
    "\x00\x07\x1b]0;owned\x07",
    "\ud800 lone",
    "https://example.org/x.png",
]


def rows_of(made: str) -> dict[str, object]:
    """The data block of a page."""
    found = re.search(r'<script type="application/json" id="rows">(.*?)</script>', made, re.S)
    assert found
    rows: dict[str, object] = json.loads(found[1])
    return rows


def hostile() -> Contents:
    """A report with a hostile text in every field."""
    documents = []
    for number, bad in enumerate(HOSTILE):
        text = f"Left {bad} Moscou {bad} right {bad}2 end"
        name = found(
            text,
            "Moscou",
            bad,
            entity=bad,
            category=bad,
            origin=bad,
            message=bad,
            evidence=(Evidence(bad, 1.0),),
        )
        flag = found(
            text, f"{bad}2", bad, category=bad, origin=bad, message=bad, key="k",
            suggestions=(Suggestion(bad, 0.5), Suggestion(bad, 0.4)),
            evidence=(Evidence(bad, 1.0),),
        )  # fmt: skip
        documents.append(marked(text, name, flag, path=f"{bad}/{number}.txt"))
    return Contents(
        {"normalizer": HOSTILE[0], HOSTILE[1]: HOSTILE[2]},
        tuple({"path": bad, "faults": [bad], "notes": [bad], "applied": bad} for bad in HOSTILE),
        tuple(documents),
        tuple(HOSTILE),
    )


def hostile_page() -> str:
    entities = {bad: Entity(bad, bad, bad) for bad in HOSTILE}
    return page(hostile(), entities, HOSTILE[0])


# -- escaping --------------------------------------------------------------------------------


@given(st.text())
def test_text_comes_back_from_html_as_it_is_shown(text: str) -> None:
    escaped = html_text(text)
    assert not set(escaped) & set("<>\"'\n\u202e\u2028")
    shown = html.unescape(escaped)
    assert all(one.isprintable() or unicodedata.category(one) == "Zs" for one in shown)


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists))
def test_json_in_a_script_has_nothing_a_browser_looks_for(value: object) -> None:
    block = html_json(value)
    assert not set(block) & set("<>&\u2028\u2029")
    json.loads(block)


@pytest.mark.parametrize("text", ["plain", "naïve — Путин 习近平", "a < b & c > d"])
def test_json_in_a_script_is_the_value(text: str) -> None:
    assert json.loads(html_json({"a": [text, {text: 1}]})) == {"a": [text, {text: 1}]}


# -- the page as text ------------------------------------------------------------------------


def test_it_holds_all_rows() -> None:
    rows = rows_of(page(CONTENTS, ENTITIES))
    assert rows["entities"] == [
        ["Moscow", "capital", "geo:1", 1, 1, [["Moscou", "Moscow", 1, 0]]],
        ["geo:2", "", "geo:2", 1, 1, [["Kiev", "Kyiv", 0, 1]]],
    ]
    findings = rows["findings"]
    assert isinstance(findings, list)
    assert [one[3] for one in findings] == ["Moscou", "Kiev", "he he", "overload"]
    assert findings[0][5:7] == ["From ", " to Kiev, he he said. The overload pleased Moscou."]
    assert rows["diffs"] == [
        [0, [[0, "From "], [1, "Moscou"], [2, "Moscow"], [0, " to Kiev, he he said."], [4, ""],
             [4, ""], [0, "The overload pleased Moscou."]], 1]
    ]  # fmt: skip


def test_without_originals_it_says_so() -> None:
    bare = Marked("a.txt", "a.txt", None, CONTENTS.documents[0].findings)
    made = page(Contents(documents=(bare,)), {})
    assert "Without the originals there is no context." in made
    assert rows_of(made)["diffs"] == []


def test_the_policy_allows_its_own_style_and_script_only() -> None:
    made = page(CONTENTS, ENTITIES)
    policy = html.unescape(re.search(r'Policy" content="([^"]*)"', made)[1])  # type: ignore[index]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert len(re.findall("sha256-", policy)) == 2
    assert not re.findall(r"\b(?:src|href)=\"(?!#|data:,)", made)
    assert " style=" not in made


def test_hostile_text_adds_no_tag() -> None:
    tags = re.compile(r"<(?:script|img|svg|iframe|style|title)\b")
    assert len(tags.findall(hostile_page())) == len(tags.findall(page(CONTENTS, ENTITIES)))


def many(count: int) -> Contents:
    """A report of so many findings, ten a document."""
    words = "the minister said that talks would resume after winter because both sides agreed "
    text = (words + "Moscou " + words + "overload ") * 5
    places = [(one.start(), one.group()) for one in re.finditer("Moscou|overload", text)]
    documents = []
    for number in range(count // len(places)):
        entity = f"geo:{number % 500}"
        name = found(text, "Moscou", "Moscow", entity=entity, message=f"{number} others")
        flag = found(text, "overload", "reset", message=f"{number} siblings say reset")
        findings = [
            replace(name if word == "Moscou" else flag, span=Span(at, at + len(word)))
            for at, word in places
        ]
        documents.append(marked(text, *findings, path=f"news/{number:05}.txt"))
    return Contents(documents=tuple(documents))


@pytest.fixture(scope="module")
def large_page() -> str:
    return page(many(10_000), {})


def test_ten_thousand_findings_weigh_less_than_fifteen_megabytes(large_page: str) -> None:
    findings = rows_of(large_page)["findings"]
    assert isinstance(findings, list)
    assert len(findings) == 10_000
    assert len(large_page.encode()) < 15_000_000


# -- the page in a browser -------------------------------------------------------------------

needs_browser = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


Show = Callable[[str], Browser]


@pytest.fixture
def show(tab: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens a page; what a test did to the tab is undone after it."""

    def opened(made: str) -> Browser:
        path = tmp_path / "page.html"
        path.write_text(made, "utf-8")
        tab.events.clear()
        tab.open(path)
        return tab

    yield opened
    tab.tell("Emulation.setScriptExecutionDisabled", value=False)
    tab.tell("Emulation.setEmulatedMedia", media="", features=[])


def count(tab: Browser, selector: str) -> int:
    found = tab.run(f"document.querySelectorAll({json.dumps(selector)}).length")
    assert isinstance(found, int)
    return found


def texts(tab: Browser, selector: str) -> list[str]:
    script = f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => one.textContent)"
    found = tab.run(script)
    assert isinstance(found, list)
    return found


def choose(tab: Browser, selector: str, value: str, event: str = "change") -> None:
    tab.run(
        f"{{const one = document.querySelector({json.dumps(selector)});"
        f"one.value = {json.dumps(value)}; one.dispatchEvent(new Event({json.dumps(event)}))}}"
    )


def complaints(tab: Browser) -> list[dict[str, Any]]:
    return tab.heard("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")


def requested(tab: Browser) -> list[str]:
    urls = [one["request"]["url"] for one in tab.heard("Network.requestWillBeSent")]
    return [url for url in urls if not url.endswith("/page.html")]


@needs_browser
def test_it_shows_entities_contexts_flags_and_changes(show: Show) -> None:
    tab = show(page(CONTENTS, ENTITIES))
    assert complaints(tab) == []
    assert tab.run("document.documentElement.dataset.ready > 0")
    assert texts(tab, "#flags .top") == ["0.90repeateda.txtproposed", "0.70sensea.txtproposed"]
    assert texts(tab, "#entities tbody th") == ["geo:2", "Moscowgeo:1"]
    assert texts(tab, "#names .line .left") == ["From ", "From Moscou to "]
    assert texts(tab, "#names .key") == ["Moscou Moscow", "Kiev Kyiv"]
    assert texts(tab, "#flags .said") == [
        "From Moscou to Kiev, he he he said. The overload pleased Moscou.",
        "From Moscou to Kiev, he he said. The overload reset pleased Moscou.",
    ]
    assert texts(tab, "#flags .evidence li") == [
        "+1.5seen he he", "\u22120.5rare", "+1.5seen overload", "\u22120.5rare",
    ]  # fmt: skip
    assert texts(tab, "#changes .diff") == [
        "From MoscouMoscow to Kiev, he he said.\n\nThe overload pleased Moscou."
    ]
    assert "broken & bad" in texts(tab, "#run td")
    assert tab.run("getComputedStyle(document.querySelector('#names .line')).display") == "grid"


@needs_browser
def test_contexts_sort_to_the_left_and_to_the_right(show: Show) -> None:
    text = "ant zebra Moscou yak. bee yak Moscou ant. cow ant Moscou zebra."
    places = [one.start() for one in re.finditer("Moscou", text)]
    name = found(text, "Moscou", "Moscow", entity="geo:1")
    spans = [replace(name, span=Span(at, at + 6), key=f"{at}") for at in places]
    tab = show(page(Contents(documents=(marked(text, *spans),)), {}))

    def order() -> list[str]:
        return [one.split()[-1] for one in texts(tab, "#names .line .left")]

    assert order() == ["zebra", "yak", "ant"]
    choose(tab, "#names select.order", "left")
    assert order() == ["ant", "yak", "zebra"]
    choose(tab, "#names select.order", "right")
    assert order() == ["yak", "zebra", "ant"]


@needs_browser
def test_filters_leave_what_fits(show: Show) -> None:
    tab = show(page(CONTENTS, ENTITIES))
    choose(tab, "#names select.action", "propose")
    assert texts(tab, "#names .key") == ["Kiev Kyiv"]
    choose(tab, "#names input", "no such word", "input")
    assert texts(tab, "#names .rows .empty") == ["Nothing fits the filter."]
    assert texts(tab, "#flags option")[:3] == ["all", "repeated (1)", "sense (1)"]
    choose(tab, "#flags select.category", "sense")
    assert texts(tab, "#flags mark") == ["overload"]
    choose(tab, "#flags input[type=number]", "0.95")
    assert texts(tab, "#flags mark") == []
    choose(tab, "#entities input", "moscou", "input")
    assert texts(tab, "#entities tbody th") == ["Moscowgeo:1"]


@needs_browser
def test_a_spelling_leads_to_its_contexts_and_back(show: Show) -> None:
    tab = show(page(CONTENTS, ENTITIES))
    tab.run("document.querySelectorAll('#entities .spelling')[0].click()")
    assert texts(tab, "#names .key") == ["Kiev Kyiv"]
    assert texts(tab, "#names .only") == ["only Kiev (geo:2) \u2715"]
    assert tab.run("document.activeElement.className") == "only"
    tab.run("document.activeElement.click()")
    assert len(texts(tab, "#names .key")) == 2


@needs_browser
def test_entities_sort_by_column(show: Show) -> None:
    tab = show(page(CONTENTS, ENTITIES))
    for press, order in ((0, "ascending"), (0, "descending")):
        tab.run(f"document.querySelectorAll('#entities thead button')[{press}].click()")
        assert (
            tab.run("document.querySelector('#entities thead th').getAttribute('aria-sort')")
            == order
        )
    assert texts(tab, "#entities tbody th") == ["Moscowgeo:1", "geo:2"]


@needs_browser
def test_keys_go_to_pages_sections_and_filters(show: Show, large_page: str) -> None:
    tab = show(large_page)
    assert count(tab, "#names .line") == 100
    tab.run("document.getElementById('names').scrollIntoView()")
    tab.type("n")
    assert "101\u2013200 of 5,000" in texts(tab, "#names .pager")[0]
    tab.type("pp")
    assert "1\u2013100 of 5,000" in texts(tab, "#names .pager")[0]
    tab.type("/12 others")
    assert tab.run("document.activeElement === document.querySelector('#names input')")
    assert "of 50" in texts(tab, "#names .pager")[0]
    tab.tell("Input.dispatchKeyEvent", type="keyDown", key="Escape")
    tab.type("3")
    assert abs(tab.run("document.getElementById('flags').getBoundingClientRect().top")) < 200


@needs_browser
def test_hostile_text_is_shown_and_does_nothing(show: Show) -> None:
    tab = show(hostile_page())
    assert complaints(tab) == []
    assert requested(tab) == []
    assert tab.run("window.hit") is None
    assert count(tab, "script") == 2
    assert count(tab, "img, svg, iframe, object") == 0
    assert count(tab, "#names .line") == count(tab, "#flags .flag") == len(HOSTILE)
    shown = " ".join(texts(tab, "#names .key"))
    for bad in ("<img src=x onerror=alert(1)>", "&#60;script&#62;", "<U+202E>gnp.exe", "$title"):
        assert bad in shown
    visible = tab.run("document.querySelector('main').textContent")
    assert not set(visible) & set("\u202e\u200b\u2028\x1b\x00")


@needs_browser
def test_the_policy_holds_against_what_is_put_in_later(show: Show) -> None:
    tab = show(page(CONTENTS, ENTITIES))
    tab.run(
        "{const one = document.createElement('script'); one.textContent = 'window.hit = 1';"
        "document.body.append(one);"
        "document.body.insertAdjacentHTML('beforeend', '<b id=late style=color:red>x</b>')}"
    )
    assert tab.run("window.hit") is None
    assert tab.run("getComputedStyle(document.getElementById('late')).color") != "rgb(255, 0, 0)"
    assert (
        tab.run(
            "new Promise((done) => { const image = document.createElement('img');"
            "image.onerror = () => done('refused'); image.onload = () => done('loaded');"
            "image.src = 'https://example.org/x.png'; document.body.append(image) })"
        )
        == "refused"
    )
    assert [one.get("blockedReason") for one in tab.heard("Network.loadingFailed")] == ["csp"]


@needs_browser
def test_it_reads_without_scripts(show: Show, tab: Browser) -> None:
    tab.tell("Emulation.setScriptExecutionDisabled", value=True)
    show(page(CONTENTS, ENTITIES))
    text = tab.run("document.body.innerText")
    for words in ("Moscow", "Moscou", "reset", "seen overload"):
        assert words in text
    assert texts(tab, "noscript tbody th") == ["Moscowgeo:1", "geo:2geo:2"]
    assert count(tab, "noscript .line") == 2
    assert count(tab, "noscript .flag") == 2
    assert count(tab, "noscript details") == 1
    for frame in ("#entities .table", "#names .tools", "#names .rows", "#changes .rows"):
        assert tab.run(f"document.querySelector('{frame}').checkVisibility()") is False


@needs_browser
def test_it_prints_all_that_fits_the_filter_and_no_controls(show: Show, large_page: str) -> None:
    tab = show(large_page)
    tab.tell("Emulation.setEmulatedMedia", media="print")
    tab.run("dispatchEvent(new Event('beforeprint'))")
    assert count(tab, "#names .line") == 2000
    assert texts(tab, "#names .rows .empty") == ["3000 more are not printed."]
    assert tab.run("document.querySelector('nav').checkVisibility()") is False
    tab.run("dispatchEvent(new Event('afterprint'))")
    assert count(tab, "#names .line") == 100


@needs_browser
def test_it_is_dark_where_that_is_preferred(show: Show, tab: Browser) -> None:
    show(page(CONTENTS, ENTITIES))
    paper = "getComputedStyle(document.body).backgroundColor"
    light = tab.run(paper)
    tab.tell(
        "Emulation.setEmulatedMedia",
        features=[{"name": "prefers-color-scheme", "value": "dark"}],
    )
    assert tab.run(paper) != light


@needs_browser
def test_it_fits_a_narrow_screen(show: Show, tab: Browser) -> None:
    tab.tell(
        "Emulation.setDeviceMetricsOverride", width=360, height=700, deviceScaleFactor=1,
        mobile=False,
    )  # fmt: skip
    show(page(CONTENTS, ENTITIES))
    assert tab.run("document.documentElement.scrollWidth") <= 360
    tab.tell("Emulation.clearDeviceMetricsOverride")
