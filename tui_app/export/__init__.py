"""Writing what is kept to files: one file a format. Nothing here fetches."""

from .atomic import STDOUT, Exported, can_be_replaced, writing
from .csv_file import write_csv
from .jsonl_file import write_jsonl
from .meta_file import write_meta
from .requests_file import REQUEST_COLUMNS, write_requests

__all__ = [
    "REQUEST_COLUMNS",
    "STDOUT",
    "Exported",
    "can_be_replaced",
    "write_csv",
    "write_jsonl",
    "write_meta",
    "write_requests",
    "writing",
]
