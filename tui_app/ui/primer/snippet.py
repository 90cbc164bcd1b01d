"""The source of a function, as it is shown: without its docstring."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable
from typing import Any


def source_of(functions: Iterable[Callable[..., Any]]) -> str:
    """The source of functions, one below another.

    Where a program was installed without its source, a comment says so.
    """
    return "\n\n".join(_source(function) for function in functions)


def _source(function: Callable[..., Any]) -> str:
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return f"# {function.__name__}: its source is not installed here."
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
    lines = source.splitlines()
    if ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    return "\n".join(lines).rstrip()
