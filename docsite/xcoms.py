"""The keys of a job on XCom as a table, out of their type."""

from __future__ import annotations

import ast
import inspect

from airflow_jobstatus.xcoms import JobXCom
from docsite.table import prose, table


def xcoms() -> str:
    """Return the table of the keys of ``return_value``."""
    [definition] = ast.parse(inspect.getsource(JobXCom)).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101  it is a class
    rows = []
    for field, described in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(described, ast.Expr):
            meaning = ast.literal_eval(described.value).removesuffix(".")
            rows.append(
                (f"`{ast.unparse(field.target)}`", f"`{ast.unparse(field.annotation)}`", prose(meaning))
            )
    return table(("key", "type", "meaning"), rows)
