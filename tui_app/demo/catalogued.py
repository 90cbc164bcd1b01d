"""Answers out of the catalogue: found by what is asked for, written once, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Final

from . import v3, v4
from .answer import Answer, Target, no_such_page
from .build import Builder
from .cache import Cache, Kept
from .catalogue import Catalogue
from .options import Options
from .profiles import PROFILES
from .sending import ready

CACHE_BYTES: Final = 96 * 1024 * 1024
"""How many bytes of answers are kept."""


class FromCatalogue:
    """Finds the answer to a request, and how long the profile has it take."""

    def __init__(self, options: Options, base_url: str, loop: asyncio.AbstractEventLoop) -> None:
        """Answers of the catalogue of *options*, for a server at *base_url*."""
        self._options = options
        self._profile = PROFILES[options.profile]
        self._catalogue = Catalogue(options.seed)
        self._v4 = v4.V4(self._catalogue, base_url)
        self._v3 = v3.V3(self._catalogue)
        self._cache = Cache(CACHE_BYTES)
        self._builder: Builder[Kept] = Builder(loop)

    def warm(self) -> list[Callable[[], object]]:
        """The work that the first requests would do, in small pieces, to be done when idle."""
        return self._catalogue.warm()

    def find(self, target: str, use: Callable[[Kept], None]) -> None:
        """Get the answer to a target and use it, at once or when it is written."""
        wanted = None
        key = target
        if not target.startswith(v4.ROOT):  # the token is in the query of v3: not in the key
            wanted = Target.read(target)
            key = wanted.page_key()
        kept = self._cache.get(key)
        if kept is not None:
            use(kept)
            return
        wanted = wanted or Target.read(target)
        if wanted.path.startswith(v4.ROOT):
            use(self._keep(key, wanted, self._v4.answer(wanted)))
        elif not wanted.path.startswith(v3.ROOT):
            use(self._keep(key, wanted, no_such_page()))
        elif key in self._builder:
            self._builder.want(key, use)
        else:
            found = self._v3.answer(wanted)
            if isinstance(found, Answer):
                use(self._keep(key, wanted, found))
            else:
                self._builder.add(key, found, partial(self._built, key, wanted))
                self._builder.want(key, use)

    def _built(self, key: str, target: Target, answer: Answer) -> Kept:
        """Keep a large answer, and begin with the one that will be asked for next."""
        kept = self._keep(key, target, answer)
        head, _, number = target.path.rstrip("/").rpartition("/")
        later = Target(f"{head}/{int(number) + 1}", ())
        later_key = later.page_key()
        if int(number) < self._v3.last_page and not self._known(later_key):
            build = self._v3.answer(later)
            if not isinstance(build, Answer):
                self._builder.add(later_key, build, partial(self._built, later_key, later))
        return kept

    def _known(self, key: str) -> bool:
        return key in self._builder or self._cache.get(key) is not None

    def _keep(self, key: str, target: Target, answer: Answer) -> Kept:
        page_key = target.page_key()
        delay_s = self._options.delay_s
        if delay_s is None:
            delay_s = self._profile.delay_s(self._options.seed, page_key, answer.kind)
        kept = ready(answer, delay_s, page_key)
        if answer.status == HTTPStatus.OK:
            self._cache.put(key, kept)
        return kept
