"""The review at a terminal, line by line: keys in, session calls, lines out.

Everything is told in whole lines of plain text that stay where they are, so a screen reader, a
log and a narrow window show the same as a wide screen. What reads keys and writes lines is a
`Console`; there is one for a terminal and one for keys from a pipe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from normalizer.errors import DocumentError, UsageError
from normalizer.report.safe_text import safe_text
from normalizer.review.card import (
    PAGE,
    SENTENCE,
    Line,
    Others,
    TextOf,
    card,
    concordance_line,
    explanation,
    paragraph,
)
from normalizer.review.choices import numbers_in, parse_filter
from normalizer.review.console import Console
from normalizer.review.rulings import Ruling
from normalizer.review.session import Alike, Filter, Session
from normalizer.review.standing import Finding
from normalizer.review.summary import duration, ruling_words, shares

# From this many findings on, one key does not decide on all of them without a question.
ASK_OVER = 20
MEMBERS_A_PAGE = 20
ESCAPE = "\x1b"
PROMPT = "y n e s A ? > "

KEYS = """\
y  yes, write the proposed text
n  no, leave the text as it is
1-9  write another suggestion
e  type your own text
s  later: ask again at the end
U  unsure: leave it to the score
A  yes to all like this, here and in later runs
N  no to all like this, here and in later runs
E  your own text for all like this
x  list all like this, leave some out
d  decide the rest of the document
p  never again: as N, and later runs do not show it
m  remember the spelling, for your table of names
u  undo, as often as you like
r  redo
c  more of the text
i  all that is known about the finding
/  search words, or filter: category= entity= file= state=
g  go to a number; + and - go on and back
?  this help
q  quit; all is saved already"""


class Face:
    """One review at one console; all state that outlives a key is in the session."""

    def __init__(
        self,
        session: Session,
        console: Console,
        text_of: TextOf,
        clock: Callable[[], str],
        refresh: Callable[[], Iterable[Ruling]] = tuple,
    ) -> None:
        """Put a session on a console.

        Args:
            session: What keys act on.
            console: Where keys come from and lines go.
            text_of: Gives texts, for what is shown around a finding.
            clock: Gives the time, as rulings write it.
            refresh: Gives rulings that others have made since it was asked last.
        """
        self._session = session
        self._console = console
        self._text_of = text_of
        self._clock = clock
        self._refresh = refresh
        self._reach = SENTENCE
        self._left_out: frozenset[int] = frozenset()
        self._shown: int | None = None
        self._redraw = True
        self._open = True
        self._actions: dict[str, Callable[[], None]] = {
            "y": self._accept,
            "n": self._reject,
            "e": self._edit,
            "s": self._later,
            "U": self._unsure,
            "A": self._accept_all,
            "N": self._reject_all,
            "E": self._edit_all,
            "x": self._leave_out,
            "d": self._rest_of_document,
            "p": self._never,
            "m": self._remember,
            "u": self._undo,
            "r": self._redo,
            "c": self._more_text,
            "i": self._explain,
            "/": self._search,
            "g": self._go_to,
            "+": lambda: self._step(1),
            "-": lambda: self._step(-1),
            "?": self._help,
            "q": self._quit,
            ESCAPE: self._quit,
        }

    def run(self) -> None:
        """Show findings and act on keys until the reviewer quits or there are no more keys."""
        while self._open:
            self._try(self._receive)
            if self._redraw:
                self._show()
            self._redraw = True
            key = self._console.key(PROMPT)
            if not key:
                return
            self._try(partial(self._press, key))

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except (UsageError, DocumentError) as error:
            self._complain(f"error: {error}")
            self._redraw = False

    def _press(self, key: str) -> None:
        if key in self._actions:
            self._actions[key]()
        elif key in "123456789":
            self._decided(self._session.pick(int(key), self._clock()))
        else:
            self._complain(f"no such key '{key}'; ? lists them")
            self._redraw = False

    def _receive(self) -> None:
        if not (new := list(self._refresh())):
            return
        session, here = self._session, self._session.current
        was_open = here is not None and session.standing(here).ruling is None
        session.receive(new)
        if was_open and here is not None and session.standing(here).ruling is not None:
            session.queue.next_open()
        self._redraw = True

    # -- what is shown -----------------------------------------------------------------------

    def _tell(self, text: str) -> None:
        self._console.show(paragraph(text, self._console.width))

    def _complain(self, text: str) -> None:
        for line in paragraph(safe_text(text), self._console.width):
            self._console.complain(line.text)

    def _show(self) -> None:
        session, here = self._session, self._session.current
        if here != self._shown:
            self._reach, self._shown = SENTENCE, here
        self._console.show([Line("")])
        self._console.progress(self._progress())
        if here is None:
            self._left_out = frozenset()
            left = "all findings here have an answer" if len(session.queue) else "nothing to show"
            self._tell(f"{left}; u undoes, - goes back, / filters, q quits")
            return
        alike = session.alike()
        members = frozenset(alike.members)
        if not self._left_out <= members or here not in members:
            self._left_out = frozenset()
        count = len(members - {here})
        standing = session.standing(here)
        ruling = standing.ruling
        self._console.show(
            card(
                session.findings[here],
                self._text_of,
                width=self._console.width,
                reach=self._reach,
                others=Others(count, alike.files, len(self._left_out)),
                standing=ruling_words(ruling, standing.text) + f" ({ruling.by})" if ruling else "",
            )
        )

    def _progress(self) -> str:
        progress = self._session.progress()
        groups = f"{progress.groups_left} group{'s' * (progress.groups_left != 1)} left"
        parts = [f"{progress.answered}/{progress.total}", groups]
        if progress.later:
            parts.append(f"{progress.later} for later")
        if progress.seconds_left:
            parts.append(f"about {duration(progress.seconds_left)}")
        return ", ".join(parts)

    def _decided(self, ruling: Ruling) -> None:
        self._tell(ruling_words(ruling, ruling.value))

    # -- one finding -------------------------------------------------------------------------

    def _accept(self) -> None:
        self._decided(self._session.accept(self._clock()))

    def _reject(self) -> None:
        self._decided(self._session.reject(self._clock()))

    def _later(self) -> None:
        self._decided(self._session.later(self._clock()))

    def _unsure(self) -> None:
        self._decided(self._session.unsure(self._clock()))

    def _edit(self) -> None:
        text = self._typed()
        if text is not None:
            self._decided(self._session.edit(text, self._clock()))

    def _edit_all(self) -> None:
        alike = self._session.alike()
        text = self._typed()
        if text is not None and self._agreed(f"write '{safe_text(text)}' in all", alike):
            self._decided_all(self._session.edit(text, self._clock(), self._left_out), alike)

    def _typed(self) -> str | None:
        """A text of the reviewer's own for the current finding; None if there is none after all."""
        finding = self._current()
        given = finding["suggestions"][0]["text"] if finding["suggestions"] else finding["surface"]
        text = self._console.line("write: ", given)
        if text is None:
            raise UsageError('no text was typed; e takes the text to write, "" deletes the words')
        if text in ("", '""'):
            question = f"delete '{safe_text(finding['surface'])}'?"
            return "" if text or self._console.agrees(question) else None
        if finding["finding"] == "name" and self._console.agrees(
            f"remember '{safe_text(finding['surface'])}' as a spelling of '{safe_text(text)}'?"
        ):
            self._session.remember(text, self._clock())
        return text

    def _remember(self) -> None:
        finding = self._current()
        given = finding["suggestions"][0]["text"] if finding["suggestions"] else ""
        text = self._console.line("a spelling of: ", given) or given
        row = self._session.remember(text, self._clock())
        self._tell(
            f"remembered '{safe_text(row.alias)}' as a spelling of '{safe_text(row.canonical)}'; "
            "decide the finding too"
        )
        self._redraw = False

    # -- many --------------------------------------------------------------------------------

    def _accept_all(self) -> None:
        alike = self._session.alike()
        if self._agreed("accept", alike):
            self._decided_all(self._session.accept_all(self._clock(), self._left_out), alike)

    def _reject_all(self) -> None:
        alike = self._session.alike()
        if self._agreed("reject", alike):
            self._decided_all(self._session.reject_all(self._clock(), self._left_out), alike)

    def _never(self) -> None:
        alike = self._session.alike()
        self._left_out = frozenset()
        if self._agreed("never again", alike):
            self._decided_all(self._session.never(self._clock()), alike)

    def _rest_of_document(self) -> None:
        alike = self._session.rest_of_document()
        question = f"the {len(alike.members)} left in this document: y accept, n reject? "
        answer = (self._console.line(question) or "").strip()
        if answer not in ("y", "n"):
            raise UsageError("nothing decided; answer d with y or n")
        rule = self._session.accept_rest if answer == "y" else self._session.reject_rest
        self._left_out = frozenset()
        self._decided_all(rule(self._clock()), alike)

    def _leave_out(self) -> None:
        alike = self._session.alike()
        total, width = len(alike.members), self._console.width
        if total < 2:
            raise UsageError("no other finding is like this")
        answer: str | None = ""
        for first in range(0, total, MEMBERS_A_PAGE):
            page = alike.members[first : first + MEMBERS_A_PAGE]
            self._console.show(
                concordance_line(
                    self._session.findings[member],
                    self._text_of,
                    width,
                    f"{number:>5}{'-' if member in self._left_out else ' '} ",
                )
                for number, member in enumerate(page, first + 1)
            )
            more = "Enter: more" if first + MEMBERS_A_PAGE < total else "Enter: none"
            answer = self._console.line(f"leave out (such as 2 4-6; {more}): ")
            if answer is None or answer.strip():
                break
        if answer and answer.strip():
            chosen = frozenset(alike.members[number - 1] for number in numbers_in(answer, total))
            self._left_out ^= chosen
            self._tell(f"{len(self._left_out)} of {total} left out; A and N take the others")

    def _agreed(self, act: str, alike: Alike) -> bool:
        paths = self._paths(alike)
        if not paths:
            raise UsageError("all like this are left out or were decided one by one")
        if len(paths) <= ASK_OVER or self._console.agrees(f"{act} {shares(paths)}?"):
            return True
        raise UsageError(f"nothing decided; more than {ASK_OVER} need a y, as in A y")

    def _decided_all(self, ruling: Ruling, alike: Alike) -> None:
        paths = self._paths(alike)
        self._left_out = frozenset()
        words = ruling_words(ruling, ruling.value)
        if len(paths) > 1:
            words += f": {shares(paths)}"
        self._tell(words + (f"; {alike.held} decided before stay" if alike.held else ""))

    def _paths(self, alike: Alike) -> list[str]:
        """The file of each member that is not left out."""
        findings = self._session.findings
        return [findings[one]["path"] for one in alike.members if one not in self._left_out]

    # -- back and forth ----------------------------------------------------------------------

    def _undo(self) -> None:
        self._switched("taken back", self._session.undo(self._clock()), "nothing to undo")

    def _redo(self) -> None:
        self._switched("again", self._session.redo(self._clock()), "nothing to redo")

    def _switched(self, word: str, ruling: Ruling | None, nothing: str) -> None:
        if ruling is None:
            raise UsageError(nothing)
        self._tell(f"{word}: {ruling_words(ruling, ruling.value)}")

    def _step(self, by: int) -> None:
        self._session.step(by)

    def _go_to(self) -> None:
        number = (self._console.line("go to number: ") or "").strip()
        if not number.isdecimal():
            raise UsageError(f"g takes a number from 1 to {len(self._session.queue)}")
        self._session.go_to(int(number))

    def _search(self) -> None:
        words = (self._console.line("search: ") or "").strip()
        wanted, rest = parse_filter(words)
        if wanted != Filter() or not words:
            count = self._session.show(replace(wanted, text=rest))
            self._tell(f"{count} of {len(self._session.findings)} shown")
        elif self._session.find(rest) is None:
            raise UsageError(f"'{rest}' is nowhere here")

    # -- the rest ----------------------------------------------------------------------------

    def _more_text(self) -> None:
        self._reach = SENTENCE if self._reach == PAGE else self._reach + 1

    def _explain(self) -> None:
        self._console.show(explanation(self._current(), width=self._console.width))
        self._redraw = False

    def _help(self) -> None:
        for row in KEYS.splitlines():
            self._console.show(paragraph(row, self._console.width, hanging="     "))
        self._redraw = False

    def _quit(self) -> None:
        self._open = False

    def _current(self) -> Finding:
        here = self._session.current
        if here is None:
            raise UsageError("no finding is left here; undo, or show others")
        return self._session.findings[here]
