"""Exports of saved runs, one module per format. Sends no requests.

Each ``write_…`` takes a path (``-`` is standard output), records nested as they arrived, and the
transaction that replaces the file together with others (None replaces it alone). It raises an
:class:`ExportError` if the file can't be written; the old file then stays.

:mod:`.destinations` checks paths before a run, :mod:`.atomic` replaces files as a whole.
"""
