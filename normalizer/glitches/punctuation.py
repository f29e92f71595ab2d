"""What stands between two words: doubled, spaced and missing marks, and sentences cut in two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from normalizer.annotation import Flag
from normalizer.glitches.marking import make_flag
from normalizer.glitches.numbers import find_decimal
from normalizer.glitches.pieces import Pieces, word_set
from normalizer.glitches.rules import GlitchRules

_APOSTROPHES: Final = frozenset("'\N{RIGHT SINGLE QUOTATION MARK}")
# Words whose last letter may be followed by a full stop that ends no sentence.
_ABBREVIATIONS: Final = word_set(
    "inc corp ltd co llc plc bros jr sr dr mr mrs ms prof rev hon gen lt col sgt maj capt cmdr adm "
    "sen rep gov pres st ave blvd rd dept univ assn jan feb mar apr jun jul aug sept sep oct nov "
    "dec mon tue tues wed thu thur thurs fri sat sun no nos vol vols pp ed eds fig figs cf etc vs "
    "viz approx ca est min max sec hr hrs mt ft in lb lbs oz km cm mm kg al op cit ibid am pm "
    "ph messrs esq tel ext a.m p.m u.s e.g i.e ariz ark calif colo conn del fla ga ill ind kan ky "
    "la md mass mich minn miss mo mont neb nev okla ore pa tenn tex va vt wash wis wyo rs incl "
    "excl resp ref refs ver paras para art arts chap sect"
)
_DOMAINS: Final = word_set("ru com net org ua by kz info gov edu eu uk io tv me pro us de fr")
_CONTRACTED: Final = word_set(
    "don doesn didn haven hasn hadn isn aren wasn weren couldn wouldn shouldn ain needn mustn"
)
_AFTER_APOSTROPHE: Final = frozenset({"s", "t", "re", "ve", "ll", "d", "m"})
_ADJECTIVE_ENDINGS: Final = ("al", "ic", "ive", "ous", "ary", "ese", "ish", "able", "ible", "ful")
_PLAIN_GAPS: Final = frozenset({" ", ", ", ". ", "-", "\n\n", "\n", ": ", "; ", "'", ""})
_PLAIN_ENDS: Final = frozenset({"", ".", ":", ",", "?", "!", ";"})
_MARKS: Final = frozenset(".,;:!?")
_STOPS: Final = frozenset(".,;:")


def _gap_kind(gap: str) -> str:
    """What may be wrong with a gap; empty for nothing."""
    kind = ""
    marks = "".join(c for c in gap if not c.isspace())
    if gap == ". ":
        kind = "stop"
    elif gap in _PLAIN_GAPS:
        pass
    elif "\n" in gap:
        if gap.split("\n", 1)[0].rstrip() not in _PLAIN_ENDS:
            kind = "end"
    elif "..." in marks or "\N{HORIZONTAL ELLIPSIS}" in gap:
        pass
    elif len(marks) >= 2 and set(marks[:2]) <= _STOPS and len(gap) <= 6:
        kind = "doubled"
    elif gap[:1] == " " and gap.lstrip(" ")[:1] in _MARKS and gap[-1:] == " ":
        kind = "spaced"
    elif marks in _MARKS and len(gap) == 1 and marks != ":":
        kind = "tight"
    elif gap.strip(" ") in _APOSTROPHES and gap[:1] == " ":
        kind = "apostrophe"
    return kind


def find_in_gaps(pieces: Pieces, rules: GlitchRules) -> Iterator[Flag]:
    """Flag what is wrong between two words; ordinary gaps cost one look in a set."""
    kinds = {gap: _gap_kind(gap) for gap in set(pieces.gaps)}
    last = len(pieces.words)
    odd = {gap for gap, kind in kinds.items() if kind}
    for index in [index for index, gap in enumerate(pieces.gaps) if gap in odd]:
        if 0 < index < last:
            yield from _GAP_DETECTORS[kinds[pieces.gaps[index]]](pieces, index, rules)
    yield from _line_end(pieces, last, rules)


def _line_end(pieces: Pieces, index: int, rules: GlitchRules) -> Iterator[Flag]:
    line = pieces.gaps[index].split("\n", 1)[0].rstrip()
    if not index or not line or "..." in line:
        return
    start = pieces.end(index - 1)
    marks = line.replace(" ", "")
    if (len(marks) == 2 and set(marks) <= set(".,;") and marks != "..") or marks == ".." != line:
        if pieces.lower[index - 1] not in _ABBREVIATIONS:
            rule = rules.mechanical["doubled-punctuation"]
            mark = "." if "." in marks else marks[0]
            yield make_flag(
                rule, pieces.text, _trimmed(pieces, start, line), mark, shift=pieces.start
            )
    elif line in (" .", " ,", " ;", " !", " ?"):
        span = (start, start + len(line))
        rule = rules.mechanical["spaced-punctuation"]
        yield make_flag(rule, pieces.text, span, marks, shift=pieces.start)


def _trimmed(pieces: Pieces, start: int, gap: str) -> tuple[int, int]:
    """The punctuation of a gap without the spaces around it."""
    lead = len(gap) - len(gap.lstrip())
    return start + lead, start + len(gap.rstrip())


def _stop(pieces: Pieces, index: int, rules: GlitchRules) -> Iterator[Flag]:
    before, after = pieces.words[index - 1], pieces.words[index]
    if not after[0].islower() or not (before.islower() and before.isalpha()):
        return
    if len(before) < 3 or len(after) < 2 or before in _ABBREVIATIONS or not after.islower():
        return
    known = rules.words
    if before not in known or after not in known:
        return
    start, end = pieces.starts[index - 1], pieces.end(index)
    suggestions = [f"{before} {after}", f"{before}. {after.capitalize()}"]
    if after.endswith(_ADJECTIVE_ENDINGS) and not before.endswith(_ADJECTIVE_ENDINGS):
        suggestions.insert(0, f"{after} {before}")
    rule = rules.mechanical["broken-sentence"]
    yield make_flag(rule, pieces.text, (start, end), *suggestions, shift=pieces.start)


def _doubled(pieces: Pieces, index: int, rules: GlitchRules) -> Iterator[Flag]:
    gap, before = pieces.gaps[index], pieces.lower[index - 1]
    marks = gap.replace(" ", "")
    # "Inc.," and "at 5 p.m.;" are right; so is the colon of a web address.
    if marks[0] == "." and marks[1] != "." and (
        before in _ABBREVIATIONS or len(before) <= 2 or pieces.words[index - 1].isupper()
        or before[-1].isdecimal()
    ):  # fmt: skip
        return
    if "/" in marks or marks[:2] in ("::",) or before.isdecimal():
        return
    second = [place for place, mark in enumerate(gap) if not mark.isspace()][1]
    span = _trimmed(pieces, pieces.end(index - 1), gap[: second + 1])
    after = pieces.words[index]
    mark = "." if "." in marks[:2] and after[0].isupper() else ","
    if set(marks[:2]) <= {".", ";", ":"} and mark == ",":
        mark = marks[1]
    rule = rules.mechanical["doubled-punctuation"]
    yield make_flag(rule, pieces.text, span, mark, shift=pieces.start)


def _spaced(pieces: Pieces, index: int, rules: GlitchRules) -> Iterator[Flag]:
    gap = pieces.gaps[index]
    mark = gap.strip()
    if mark not in _MARKS or (mark == ":" and pieces.lower[index].isdecimal()):
        return
    start = pieces.end(index - 1)
    rule = rules.mechanical["spaced-punctuation"]
    weak = 0.2 if mark in ":;?!" else 0.0
    yield make_flag(
        rule,
        pieces.text,
        (start, start + gap.rindex(mark) + 1),
        mark,
        shift=pieces.start,
        weaken=weak,
    )


def _tight(pieces: Pieces, index: int, rules: GlitchRules) -> Iterator[Flag]:
    gap, before, after = pieces.gaps[index], pieces.words[index - 1], pieces.words[index]
    table, shift = rules.mechanical, pieces.start
    span = (pieces.starts[index - 1], pieces.end(index))
    if before.isdecimal() and after.isdecimal():
        yield from find_decimal(pieces, index, rules)
        return
    if _is_glued(pieces, index, rules):
        rule = table["glued-sentence"]
        yield make_flag(rule, pieces.text, span, f"{before}{gap} {after}", shift=shift)


def _is_glued(pieces: Pieces, index: int, rules: GlitchRules) -> bool:
    """Whether two words with only a mark between them are the end and the start of something."""
    gap, before, after = pieces.gaps[index], pieces.words[index - 1], pieces.words[index]
    known = before.lower() in rules.words
    if (
        not (known and before.isalpha() and after.isalpha())
        or min(len(before), len(after)) < 2
        or before.lower() in _ABBREVIATIONS
        or after.lower() in _DOMAINS
        or after.isupper()
    ):
        return False
    following = pieces.gaps[index + 1][:1]
    if following in ("/", "@", "=", "_") or (gap == "." and following == "."):
        return False
    if gap == ".":
        return before.islower() and after.istitle()
    # "Yahoo!News": the mark belongs to a name.
    of_name = gap in ("!", "?") and before[0].isupper()
    return not of_name and (after.lower() in rules.words or after.istitle())


def _apostrophe(pieces: Pieces, index: int, rules: GlitchRules) -> Iterator[Flag]:
    before, after = pieces.words[index - 1], pieces.words[index]
    if after not in _AFTER_APOSTROPHE or not before.isalpha() or pieces.gaps[index][0] != " ":
        return
    span = (pieces.starts[index - 1], pieces.end(index))
    rule = rules.mechanical["spaced-apostrophe"]
    yield make_flag(rule, pieces.text, span, f"{before}'{after}", shift=pieces.start)


_GAP_DETECTORS: Final[dict[str, Callable[[Pieces, int, GlitchRules], Iterator[Flag]]]] = {
    "end": _line_end,
    "stop": _stop,
    "doubled": _doubled,
    "spaced": _spaced,
    "tight": _tight,
    "apostrophe": _apostrophe,
}


def find_contractions(pieces: Pieces, rules: GlitchRules) -> Iterator[Flag]:
    """``don t`` and ``haven t``: the apostrophe was lost on the way."""
    if "t" not in pieces.lower or _CONTRACTED.isdisjoint(pieces.lower):
        return
    for index, word in enumerate(pieces.lower[:-1]):
        if word in _CONTRACTED and pieces.lower[index + 1] == "t":
            gap = pieces.gaps[index + 1]
            if gap in (" ", "?", " ?", "\ufffd", "`", "\N{ACUTE ACCENT}"):
                span = (pieces.starts[index], pieces.end(index + 1))
                whole = f"{pieces.words[index]}'t"
                rule = rules.mechanical["spaced-apostrophe"]
                yield make_flag(rule, pieces.text, span, whole, shift=pieces.start)
