"""Writing what is kept to files: one file a format. Nothing here fetches."""

from .atomic import (
    STDOUT,
    Exported,
    ExportError,
    FileTransaction,
    can_be_replaced,
    remove_unfinished,
    writing,
)
from .bibtex_file import write_bibtex
from .csv_file import write_csv
from .jsonl_file import write_jsonl
from .meta_file import can_have_meta, write_meta
from .outputs import Output, check_outputs
from .parquet_file import check_parquet, write_parquet
from .requests_file import REQUEST_COLUMNS, write_requests
from .tables_folder import write_tables

__all__ = [
    "REQUEST_COLUMNS",
    "STDOUT",
    "ExportError",
    "Exported",
    "FileTransaction",
    "Output",
    "can_be_replaced",
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
