"""Reports of comparisons, from their figures and the timings of their runs."""

from .build import make_report
from .figures import times_figure
from .reporter import Reporter

__all__ = ["Reporter", "make_report", "times_figure"]
