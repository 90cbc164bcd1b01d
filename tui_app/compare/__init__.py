"""Comparisons of methods, and forecasts of runs, computed from measurements without I/O.

:mod:`.sweep` orders the timed runs, :mod:`.statistics` summarises them, :mod:`.ideal` computes the
lower bound on a run's time, :mod:`.explanation` words the result. :mod:`.workload` measures how
long responses take, :mod:`.forecast` draws runs from that, :mod:`.advice` recommends settings.
"""
