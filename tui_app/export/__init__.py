"""Writes saved runs to files, one file a format; requests nothing.

Each ``write_…`` takes a path (``-`` is standard output), records nested as they arrived, and the
transaction that replaces the file together with others (None replaces it alone). It raises an
:class:`ExportError` where the file can't be written: the old one stays.

:mod:`.destinations` says what may be written where, :mod:`.atomic` replaces files as a whole.
"""
