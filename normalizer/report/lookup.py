"""Answers about one name: which entity it is and why, and every spelling of an entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from normalizer.annotation import Alias
from normalizer.names.evidence import Context, FolderEvidence, read_document
from normalizer.names.fold import fold
from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import find_matches
from normalizer.names.resolve import resolve
from normalizer.report.findings import origin_of
from normalizer.report.safe_text import safe_text

# Order in which kinds of spelling are worth a reader's time.
_KINDS = ("canonical", "variant", "former", "exonym", "transliteration", "inflected", "clipped")


def explain(name: str, knowledge: Knowledge) -> dict[str, Any]:
    """How a name is read: ``{"name": ..., "readings": [...], "nearest": [...]}``.

    A name given in small letters is read as if it had capitals. Readings, one for each way to
    read it, come likeliest first. None means that the tables do not spell it; then the nearest
    persons are told, aligned sound by sound.
    """
    text = name if any(c.isupper() for c in name) else name.title()
    matches = find_matches(text, knowledge)
    context = Context(text, knowledge, read_document(matches), FolderEvidence())
    readings = []
    for match in matches:
        resolution = resolve(match, context)
        by_replacement = {one.replacement: one for one in resolution.candidates}
        for option in match.options:
            candidate = by_replacement.get(option.replacement)
            for id_ in option.entity_ids:
                known = knowledge.entity(id_)
                readings.append(
                    {
                        "surface": match.mention.surface,
                        "entity": id_,
                        "canonical": known.canonical if known else "",
                        "type": known.type if known else "",
                        "replacement": option.replacement,
                        "score": candidate.score if candidate else None,
                        "words": [_told(alias) for alias in option.aliases],
                        "native": _natives(option.aliases, id_, knowledge),
                        "evidence": [
                            {"reason": one.reason, "weight": round(one.weight, 2)}
                            for one in (candidate.evidence if candidate else ())
                        ],
                        "table": known.place if known else "",
                    }
                )
    return {
        "name": name,
        "readings": sorted(readings, key=_by_likelihood),
        "nearest": [] if readings else _nearest(text, knowledge),
    }


def _by_likelihood(reading: dict[str, Any]) -> tuple[float, int]:
    """Sure readings first, then those that more languages write so."""
    langs = {lang for word in reading["words"] for lang in word["langs"].split()}
    return -(reading["score"] or 0.0), -len(langs)


def explanation_lines(answer: dict[str, Any]) -> Iterator[str]:
    """The answer of `explain` for a terminal."""
    if not answer["readings"]:
        near = "; by sound it is nearest to" if answer["nearest"] else ""
        yield safe_text(f"{answer['name']}: not in the tables{near}")
    for near in answer["nearest"]:
        yield safe_text(f"{near['canonical']}  {near['entity']}  score {near['score']:.2f}")
        for line in near["alignment"]:
            yield "  " + safe_text(line)
    for reading in answer["readings"]:
        yield safe_text(f"{reading['surface']} -> {reading['replacement']}")
        native = f", {' '.join(reading['native'])}" if reading["native"] else ""
        yield safe_text(
            f"  {reading['canonical']} ({reading['type']}{native})  {reading['entity']}"
        )
        for word in reading["words"]:
            langs = f" [{word['langs']}]" if word["langs"] else ""
            yield safe_text(f"  {word['form']}: {word['kind']}, {word['origin']}{langs}")
        if reading["score"] is None:
            same = reading["surface"] == reading["replacement"]
            yield "  already canonical" if same else "  never changed by itself"
        else:
            yield f"  score {reading['score']:.2f} without any context:"
            for reason in reading["evidence"]:
                yield safe_text(f"    {reason['weight']:+.1f}  {reason['reason']}")
        yield f"  from {reading['table']}"


def variants(name: str, knowledge: Knowledge) -> dict[str, Any]:
    """Every spelling of the entities a name may mean, grouped by language."""
    text = name if any(c.isupper() for c in name) else name.title()
    ids = sorted(
        {
            id_
            for match in find_matches(text, knowledge)
            for option in match.options
            for id_ in option.entity_ids
        }
    )
    entities = []
    for id_ in ids:
        entity = knowledge.variants(id_)
        if entity:
            by_lang: dict[str, list[Alias]] = {}
            for alias in entity.aliases:
                for lang in alias.lang or {"any"}:
                    by_lang.setdefault(lang, []).append(alias)
            entities.append(
                {
                    "entity": id_,
                    "canonical": entity.canonical,
                    "type": entity.type,
                    "spellings": {
                        lang: [_told(one) for one in sorted(by_lang[lang], key=_order)]
                        for lang in sorted(by_lang)
                    },
                }
            )
    return {"name": name, "entities": entities}


def variant_lines(answer: dict[str, Any]) -> Iterator[str]:
    """The answer of `variants` for a terminal: usual spellings, one line a language."""
    if not answer["entities"]:
        yield safe_text(f"{answer['name']}: not in the tables")
    for entity in answer["entities"]:
        yield safe_text(f"{entity['canonical']} ({entity['type']})  {entity['entity']}")
        for lang, spellings in entity["spellings"].items():
            forms = [one["form"] for one in spellings if one["kind"] != "inflected"]
            cases = len(spellings) - len(forms)
            more = f"  (+{cases} case forms)" if cases else ""
            yield safe_text(f"  {lang:4} {', '.join(forms)}{more}")


def _nearest(text: str, knowledge: Knowledge) -> list[dict[str, Any]]:
    from normalizer.names.known_names import known_names  # noqa: PLC0415 - numpy takes its time

    nearest = []
    for id_, score, alignment in known_names(knowledge).nearest(text):
        known = knowledge.entity(id_)
        nearest.append(
            {
                "entity": id_,
                "canonical": known.canonical if known else "",
                "score": round(score, 4),
                "alignment": alignment.splitlines(),
            }
        )
    return nearest


def _order(alias: Alias) -> tuple[int, int, str]:
    return _KINDS.index(alias.kind), alias.cost, alias.form


def _told(alias: Alias) -> dict[str, Any]:
    return {
        "form": alias.form,
        "kind": alias.kind,
        "langs": " ".join(sorted(alias.lang)),
        "origin": origin_of(alias),
        "cost": alias.cost,
    }


def _natives(aliases: tuple[Alias, ...], entity_id: str, knowledge: Knowledge) -> list[str]:
    """The native words behind the spellings, where they are known."""
    natives: list[str] = []
    for alias in aliases:
        for word in knowledge.read(fold(alias.form)).words:
            bears = any(bearer == entity_id for bearer, _ in word.bearers)
            if bears and word.native and word.native not in natives:
                natives.append(word.native)
    return natives
