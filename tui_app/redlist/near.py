"""Names alike: from a misspelt name to those that are known, among hundreds of thousands."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

GENUS_ALIKE: Final = 0.7
EPITHET_ALIKE: Final = 0.6
BOTH_ALIKE: Final = 0.8
"""How alike they have to be (1 is equal): the genus where the rest is equal, the rest where the
genus is, and each of them where neither is."""

_END: Final = 3
_STRANGE: Final = 4
"""Letters that only one of two words may have: two letters mistaken for two others."""


class Near:
    """Finds names alike.

    Looking through all would take too long. Looked at are the names of the same genus, those
    with the same rest, and those of genera that share their first or their last three letters
    with the genus asked for: one typing error always leaves one of these.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        """Look among *keys*: names in lower case, the genus and the rest parted by a blank."""
        self._rests: dict[str, list[str]] = {}
        self._genera: dict[str, list[str]] = {}
        self._ends: dict[str, list[str]] = {}
        self._letters: dict[str, int] = {}
        for key in keys:
            genus, _, rest = key.partition(" ")
            self._rests.setdefault(genus, []).append(rest)
            self._genera.setdefault(rest, []).append(genus)
        for genus in self._rests:
            for end in _ends(genus):
                self._ends.setdefault(end, []).append(genus)

    def find(self, key: str, n: int) -> list[str]:
        """At most *n* keys like *key*, best first; never *key* itself."""
        genus, _, rest = key.partition(" ")
        found = {
            f"{genus} {other}": (1 + ratio) / 2
            for other, ratio in self._alike(rest, self._rests.get(genus, ()), EPITHET_ALIKE)
        }
        for other, ratio in self._alike(genus, self._genera.get(rest, ()), GENUS_ALIKE):
            found.setdefault(f"{other} {rest}", (1 + ratio) / 2)
        genera = dict.fromkeys(one for end in _ends(genus) for one in self._ends.get(end, ()))
        for other, ratio in self._alike(genus, genera, BOTH_ALIKE):
            for further, second in self._alike(rest, self._rests[other], BOTH_ALIKE):
                found.setdefault(f"{other} {further}", (ratio + second) / 2)
        species = " ".join(key.split()[:2])
        if species in self:  # below a species nothing may be known but the species
            found.setdefault(species, EPITHET_ALIKE)
        found.pop(key, None)
        return sorted(found, key=lambda one: (-found[one], one))[:n]

    def __contains__(self, key: str) -> bool:
        genus, _, rest = key.partition(" ")
        return genus in self._genera.get(rest, ())

    def _alike(self, word: str, others: Iterable[str], least: float) -> Iterable[tuple[str, float]]:
        letters, size = self._mask(word), len(word)
        matcher = SequenceMatcher(None, b=word, autojunk=False)
        for other in others:
            # Bits and lengths first: they throw out nearly all, in a thirtieth of the time.
            if (letters ^ self._mask(other)).bit_count() > _STRANGE:
                continue
            if 2 * min(size, len(other)) < least * (size + len(other)):
                continue
            matcher.set_seq1(other)
            if matcher.quick_ratio() >= least and (ratio := matcher.ratio()) >= least:
                yield other, ratio

    def _mask(self, word: str) -> int:
        """The set of a word's letters, as bits."""
        mask = self._letters.get(word)
        if mask is None:
            mask = 0
            for sign in word:
                mask |= 1 << (ord(sign) & 63)
            self._letters[word] = mask
        return mask


def _ends(genus: str) -> tuple[str, str]:
    return f"^{genus[:_END]}", f"{genus[-_END:]}$"
