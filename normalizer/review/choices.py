"""What a reviewer types in a line: numbers of members, and filters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields, replace

from normalizer.errors import UsageError
from normalizer.review.queue import Filter
from normalizer.review.standing import Finding

_FIELD_OF = {"file": "path", "path": "path"} | {
    one.name: one.name for one in fields(Filter) if one.name != "text"
}


def numbers_in(text: str, highest: int) -> frozenset[int]:
    """The numbers a person typed, ``2 4-6`` or ``2,4-6``.

    Raises:
        UsageError: If a word is no number or range from 1 to ``highest``.
    """
    numbers: set[int] = set()
    for word in text.replace(",", " ").split():
        first, dash, last = word.partition("-")
        if not (first.isdecimal() and (last if dash else first).isdecimal()):
            raise UsageError(f"'{word}' is no number; type numbers such as 2 4-6")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= highest:
            raise UsageError(f"{word} is not from 1 to {highest}; type numbers such as 2 4-6")
        numbers.update(range(low, high + 1))
    return frozenset(numbers)


def parse_filter(text: str) -> tuple[Filter, str]:
    """Part ``category=junk file=news/a.txt some words`` into a filter and the other words.

    Raises:
        UsageError: If there is no such field.
    """
    wanted, words = Filter(), []
    for word in text.split():
        name, sign, value = word.partition("=")
        if sign and name in _FIELD_OF:
            wanted = replace(wanted, **{_FIELD_OF[name]: value})
        elif sign and name.isalpha():
            raise UsageError(f"no filter '{name}='; there are category= entity= file= state=")
        else:
            words.append(word)
    return wanted, " ".join(words)


def filter_of(choices: Iterable[str], findings: Collection[Finding]) -> Filter:
    """One filter from several choices of a call; a bare word is a category, a file or words.

    Raises:
        UsageError: If two choices are about the same thing, or there is no such field.
    """
    categories = {one["category"] for one in findings}
    paths = {one["path"] for one in findings}
    wanted = Filter()
    for choice in choices:
        new, words = parse_filter(choice)
        if words in categories:
            new = replace(new, category=words)
        elif words.rstrip("/") in paths | {_folder(path) for path in paths}:
            new = replace(new, path=words)
        elif words:
            new = replace(new, text=words)
        wanted = _both(wanted, new)
    return wanted


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _both(one: Filter, other: Filter) -> Filter:
    names: Sequence[str] = [field.name for field in fields(Filter)]
    for name in names:
        if getattr(one, name) and getattr(other, name):
            raise UsageError(
                f"'{getattr(one, name)}' and '{getattr(other, name)}' are both a {name}; take one"
            )
    return replace(one, **{name: getattr(one, name) or getattr(other, name) for name in names})
