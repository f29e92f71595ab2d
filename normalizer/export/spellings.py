"""Which spellings of a name another program may search for: those that are surely of that name.

What a search engine is told it applies without context. So a spelling that English has as a word
or as a name of its own (poutine), or that two names share, goes out only inside a whole name
(Vladimir Poutine), where the rest of the name is its context.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from normalizer.annotation import Alias
from normalizer.export.whole_names import Part, Word, part_of, put_together, weight_of
from normalizer.names.fold import fold, unaccented
from normalizer.names.guards import MIN_LETTERS, SHORT_LETTERS
from normalizer.names.inflect import LIKE_FEMININE
from normalizer.names.knowledge import Knowledge
from normalizer.names.mentions import MIN_CLIPPED, clipped
from normalizer.names.records import Known, NameWord, Phrase, Reading
from normalizer.names.resolve import BARE, SHORT, USER
from normalizer.odds import log_odds

# Why a spelling was left out, in the words of the summary.
ORDINARY = "also an English word or another name"
SHARED = "of two names"
UNLIKELY = "below the lowest score"
RARER = "beyond the most for one name"
# What stemmers of English cut off.
STEMMED = ("e", "s", "es", "d", "ed", "ing", "ly")


@dataclass(frozen=True, slots=True)
class Choice:
    """What to put out.

    Attributes:
        min_score: Lowest score of a spelling, in [0, 1]: the probability that its least sure word
            alone means the name. Usual spellings have .9, rarer ones .8, clipped ones .60, case
            forms .48.
        ambiguous: Whether ordinary words and spellings of two names go out alone too.
        former: Whether former names (Leningrad) count as spellings.
        most: Spellings of one name, the likeliest ones.
        entities: Ids to put out; None for all.
    """

    min_score: float = 0.5
    ambiguous: bool = False
    former: bool = False
    most: int = 60
    entities: frozenset[str] | None = None

    def wants(self, ids: Iterable[str]) -> bool:
        """Whether one of the entities is to be put out."""
        return self.entities is None or not self.entities.isdisjoint(ids)


@dataclass(frozen=True, slots=True)
class SpellingSet:
    """One name with its other spellings.

    Attributes:
        canonical: The spelling we write: a whole name, or a family name alone.
        entity_ids: Who bears it, sorted.
        spellings: Its other spellings, the likeliest first; perhaps none.
    """

    canonical: str
    entity_ids: tuple[str, ...]
    spellings: tuple[str, ...]


@dataclass(slots=True)
class _Forms:
    """Spellings with their log-odds, whose they are, and those that are not safe alone."""

    weights: dict[str, float] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    unsafe: set[str] = field(default_factory=set)

    def add(self, form: str, weight: float) -> None:
        known = self.weights.get(form)
        if known is None or known < weight:
            self.weights[form] = weight


class SpellingSets:
    """The spellings that a walk over folded words brings together, to be read once.

    Args:
        readings: Folded words, each once, with all they may stand for.
        knowledge: The base they are from.
        choice: What to bring together.

    Attributes:
        left_out: By reason, how many spellings were left out; complete when all sets are read.
    """

    def __init__(
        self, readings: Iterable[tuple[str, Reading]], knowledge: Knowledge, choice: Choice
    ) -> None:
        self.left_out: Counter[str] = Counter()
        self._knowledge = knowledge
        self._choice = choice
        self._least = log_odds(choice.min_score)
        self._alone: defaultdict[str, _Forms] = defaultdict(_Forms)
        self._words: dict[tuple[str, str, str], Word] = {}
        self._places: defaultdict[tuple[str, int], list[Word]] = defaultdict(list)
        self._wholes: defaultdict[str, list[Alias]] = defaultdict(list)
        # Who bears a folded word, where several do.
        self._bearers: dict[str, frozenset[str]] = {}
        for key, reading in readings:
            ids = frozenset(id_ for word in reading.words for id_, _ in word.bearers)
            if len(ids) > 1:
                self._bearers[key] = ids
            for word in reading.words:
                self._read_word(key, word, reading)
            for phrase in reading.phrases:
                self._read_phrase(key, phrase, reading)
        for name, one in self._words.items():
            self._finish(one, native=name[2])

    def __iter__(self) -> Iterator[SpellingSet]:
        """Whole names of persons by canonical name, then all other names and family names."""
        by_name: defaultdict[str, list[Known]] = defaultdict(list)
        for id_ in {id_ for id_, _ in self._places} | self._wholes.keys():
            known = self._knowledge.entity(id_)
            if known and self._choice.wants((id_,)) and " " in known.canonical:
                by_name[known.canonical].append(known)
        for canonical in sorted(by_name):
            forms = _Forms(ids={known.id for known in by_name[canonical]})
            for known in by_name[canonical]:
                self._put_together(known, forms)
            if canonical in self._alone:
                # A company may bear the name of a person.
                forms.weights |= self._alone[canonical].weights
                forms.ids |= self._alone.pop(canonical).ids
            yield self._set(canonical, forms)
        for canonical in sorted(self._alone):
            yield self._set(canonical, self._alone[canonical])

    # -- reading -----------------------------------------------------------------------------

    def _read_word(self, key: str, found: NameWord, reading: Reading) -> None:
        ids = {id_ for id_, _ in found.bearers}
        if found.part == "patronymic" or not self._choice.wants(ids):
            return
        name = found.canonical, found.part, found.native
        word = self._words.get(name)
        if word is None:
            word = self._words[name] = Word(found.canonical, found.part)
            for place in found.bearers:
                self._places[place].append(word)
        word.aliases += (one for one in found.aliases if not _is_hers(one))
        if found.part == "family" and self._stands_alone(found):
            self._read_alone(found.canonical, ids, key, found.aliases, reading)

    def _read_phrase(self, key: str, phrase: Phrase, reading: Reading) -> None:
        known = self._knowledge.entity(phrase.entity_id)
        if known is None or not self._choice.wants((known.id,)):
            return
        aliases = [one for one in phrase.aliases if self._choice.former or one.kind != "former"]
        if len(phrase.words) == 1:
            self._read_alone(known.canonical, {known.id}, key, aliases, reading)
        elif known.type == "person":
            self._wholes[known.id] += aliases
        else:
            forms = self._alone[known.canonical]
            forms.ids.add(known.id)
            shared = any(
                other.words == phrase.words and self._name(other.entity_id) != known.canonical
                for other in reading.phrases
            )
            for alias in aliases:
                self._add(forms, alias, 0, SHARED if shared else "")

    def _read_alone(
        self,
        canonical: str,
        ids: Collection[str],
        key: str,
        aliases: Iterable[Alias],
        reading: Reading,
    ) -> None:
        forms = self._alone[canonical]
        forms.ids.update(ids)
        shared = self._is_shared(canonical, ids, reading)
        own = any((known := self._knowledge.entity(id_)) and known.user for id_ in ids)
        stemmed = self._is_stemmed(key)
        for alias in aliases:
            ordinary = stemmed or _is_ordinary(key, alias, canonical, reading)
            reason = SHARED if shared or _is_hers(alias) else ORDINARY if ordinary else ""
            self._add(forms, alias, _shortness(key, alias) + USER.weight * own, reason)

    def _add(self, forms: _Forms, alias: Alias, extra: float, reason: str) -> None:
        """Add a spelling, and how English prints it without its diacritics."""
        weight = weight_of(alias) + extra
        plain = unaccented(alias.form)
        if alias.kind != "canonical" or plain != alias.form:
            if reason and not self._choice.ambiguous:
                self.left_out[reason] += 1
                forms.unsafe.update((alias.form, plain))
            else:
                forms.add(alias.form, weight)
                if plain != alias.form and len(plain) > SHORT_LETTERS:
                    forms.add(plain, weight + BARE.weight)

    def _stands_alone(self, word: NameWord) -> bool:
        """Whether the word is all of somebody's family name, and no English word itself."""
        canonical = self._knowledge.read(fold(word.canonical))
        if (canonical.english or canonical.guard) and not self._choice.ambiguous:
            return False
        bearers = (self._knowledge.entity(id_) for id_, _ in word.bearers)
        return any(one is not None and len(one.family) == 1 for one in bearers)

    def _is_stemmed(self, key: str) -> bool:
        """Whether an engine that stems English takes the word for another (Lione for lion)."""
        return any(
            key.endswith(ending) and self._knowledge.read(key.removesuffix(ending)).english
            for ending in STEMMED
        )

    def _is_shared(self, canonical: str, ids: Collection[str], reading: Reading) -> bool:
        """Whether the folded word spells a name of somebody else that is written otherwise."""
        if len(reading.words) + len(reading.phrases) == 1:
            return False
        return any(
            word.canonical != canonical and not any(id_ in ids for id_, _ in word.bearers)
            for word in reading.words
        ) or any(
            len(phrase.words) == 1
            and phrase.entity_id not in ids
            and self._name(phrase.entity_id) != canonical
            for phrase in reading.phrases
        )

    def _name(self, entity_id: str) -> str:
        known = self._knowledge.entity(entity_id)
        return known.canonical if known else ""

    def _finish(self, word: Word, native: str) -> None:
        """Sort the spellings of a word; add what clipping leaves of a family name."""
        word.sort()
        if native and word.part == "family" and word.canonical in self._alone:
            usual = {part.form for parts in word.usual.values() for part in parts}
            for form in sorted({word.canonical, *usual}):
                self._clip(form[:-1], word)

    def _clip(self, stem: str, word: Word) -> None:
        key = fold(stem)
        known = self._knowledge.read(key)
        if len(key) < MIN_CLIPPED or known.words or known.phrases or known.english or known.common:
            return
        found = clipped(key, self._knowledge)
        # Who lost more letters is a worse guess, as `guards` has it.
        words = found.words if found else ()
        names = {one.canonical for one in words if one.aliases[0].cost == 1}
        alias = Alias(stem, frozenset(), "clipped", cost=1)
        if word.canonical in names:
            self._add(self._alone[word.canonical], alias, 0, SHARED if len(names) > 1 else "")
            word.every.append(part_of(alias))

    # -- putting together --------------------------------------------------------------------

    def _put_together(self, known: Known, forms: _Forms) -> None:
        """Whole names: as one language writes them, and with one word as another writes it."""
        for alias in self._wholes.get(known.id, ()):
            self._add(forms, alias, 0, "")
        places = [
            self._places.get((known.id, at), []) for at in range(len(known.canonical.split()))
        ]
        if not all(places):
            return
        family = [places[at][0].canonical for at in known.family if len(known.family) == 1]
        alone = self._alone.get(family[0]) if family else None
        at = min(known.family)
        for parts in put_together(places):
            form = " ".join([part.form for part in parts])
            if self._names_another(parts, forms.ids) and not self._choice.ambiguous:
                self.left_out[SHARED] += form != known.canonical
                continue
            weight = min([part.weight for part in parts])
            forms.add(form, weight)
            plain = " ".join([part.plain for part in parts])
            if plain != form:
                forms.add(plain, weight + BARE.weight)
            if alone and parts[at].form in alone.unsafe:
                alone.add(form, weight)

    def _names_another(self, parts: Iterable[Part], ids: Collection[str]) -> bool:
        """Whether all words of a whole name can be somebody else's (Andrei for Andriy)."""
        others: frozenset[str] | None = None
        for part in parts:
            bearers = self._bearers.get(part.key)
            if not bearers:
                return False
            others = bearers.difference(ids) if others is None else others & bearers
        return bool(others)

    def _set(self, canonical: str, forms: _Forms) -> SpellingSet:
        weights = forms.weights
        weights.pop(canonical, None)
        likely = [form for form in weights if weights[form] >= self._least]
        likely.sort(key=lambda form: (-weights[form], form))
        self.left_out[UNLIKELY] += len(weights) - len(likely)
        self.left_out[RARER] += max(len(likely) - self._choice.most, 0)
        return SpellingSet(canonical, tuple(sorted(forms.ids)), tuple(likely[: self._choice.most]))


def spelling_sets(knowledge: Knowledge, choice: Choice) -> SpellingSets:
    """Every name of a base with the spellings that are safe to search for.

    Reads the whole base once; each set is made when it is asked for.
    """
    return SpellingSets(knowledge.readings(), knowledge, choice)


def spellings_of(ids: Iterable[str], knowledge: Knowledge, choice: Choice) -> SpellingSets:
    """The same for a few entities, without reading the whole base."""
    keys = dict.fromkeys(key for id_ in ids for key in knowledge.keys(id_))
    readings = ((key, knowledge.read(key)) for key in sorted(keys))
    return SpellingSets(readings, knowledge, replace(choice, entities=frozenset(ids)))


def _shortness(key: str, alias: Alias) -> float:
    """What speaks against a short word that has nothing to tell it from others."""
    plain = alias.form.isascii() and not alias.form.isupper() and alias.kind != "variant"
    return SHORT.weight if len(key) <= SHORT_LETTERS and plain else 0.0


def _is_ordinary(key: str, alias: Alias, canonical: str, reading: Reading) -> bool:
    """Whether English has the word, too: in a dictionary, as a name, or as a plural."""
    if len(key) < MIN_LETTERS or reading.english or reading.guard:
        return True
    plural = key in (f"{fold(canonical)}s", f"{fold(canonical)}es")
    return plural or (reading.common and alias.kind != "variant")


def _is_hers(alias: Alias) -> bool:
    """Whether a case form of a man's name is spelled like a woman's (Lavrova)."""
    return any(scheme.endswith(LIKE_FEMININE) for scheme in alias.scheme.split())
