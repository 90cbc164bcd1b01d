"""The lessons, in their order."""

from typing import Final

from .counting import COUNTING
from .lesson import Lesson
from .methods import METHODS_LESSON
from .pace import PACE
from .reading import READING
from .threads import THREADS

COURSE: Final[tuple[Lesson, ...]] = (READING, COUNTING, METHODS_LESSON, THREADS, PACE)
