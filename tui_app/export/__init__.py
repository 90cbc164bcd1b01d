"""Writes saved runs to files, one file a format; requests nothing.

Each ``write_…`` takes a path (``-`` is standard output), records nested as they arrived, and the
transaction that replaces the file together with others (None replaces it alone). It raises an
:class:`ExportError` where the file can't be written: the old one stays.

:mod:`.destinations` says what may be written where, :mod:`.atomic` replaces files as a whole.
"""

from .atomic import Exported, ExportError, FileTransaction, remove_unfinished, writing
from .csv_file import write_csv
from .destinations import STDOUT, can_have_meta, check_outputs
from .jsonl_file import write_jsonl
from .meta_file import write_bibtex, write_meta
from .parquet_file import check_parquet, write_parquet
from .requests_file import REQUEST_COLUMNS, write_requests
from .tables_folder import write_tables

__all__ = [
    "REQUEST_COLUMNS",
    "STDOUT",
    "ExportError",
    "Exported",
    "FileTransaction",
    "can_have_meta",
    "check_outputs",
    "check_parquet",
    "remove_unfinished",
    "write_bibtex",
    "write_csv",
    "write_jsonl",
    "write_meta",
    "write_parquet",
    "write_requests",
    "write_tables",
    "writing",
]
