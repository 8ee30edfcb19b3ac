"""Checks the id of a job before any call, whoever gives it: hook, sensor or trigger."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from contextlib import suppress
from unicodedata import category
from uuid import UUID

from airflow_jobstatus.protocol.bounds import LONGEST_JOB_ID
from airflow_jobstatus.protocol.errors import InvalidJobIdError, quoted

CONTROLS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode's categories of control characters and of line and paragraph separators."""
BLANKS = " \t\u00a0\u3000\ufeff\u202f\u205f\u2060" + "".join(map(chr, range(0x2000, 0x2010)))
"""What is stripped from both ends of an id: blanks, and what a copy from a page brings along unseen."""
DICT = re.compile(r"""\{\s*(?:(['"]).*?\1|\d+|None|True|False)\s*:|\{\s*\}|(?:Ordered|default)[dD]ict\(""")
"""How the text of a dict begins, which a template renders; that of an empty one is whole."""
OTHERS: Mapping[type, str] = {bytes: "bytes", tuple: "a tuple", set: "a set", dict: "a dict"}
"""What else a template renders as Python writes it, and no API calls a job."""
LARGEST = 10**LONGEST_JOB_ID
SHOWN = 80
"""How many characters of an id a refusal shows."""
KEYS_SHOWN = 5


def checked_job_id(job_id: object) -> str:
    """Return a job id that can name a job, without the blanks around it.

    :param job_id: A text, a whole number or a UUID.
    :raises InvalidJobIdError: if it is empty, blank, ``.`` or ``..``, too long, holds line breaks or other
        control characters, is of another type, or is the word None that an empty XCom renders to.
    """
    if not isinstance(job_id, str):
        job_id = _as_text(job_id)
    if len(job_id) > LONGEST_JOB_ID:
        raise InvalidJobIdError(
            f"job_id {job_id[:SHOWN]!r}… has {len(job_id)} characters: it is longer than {LONGEST_JOB_ID} "
            "characters"
        )
    job_id = job_id.strip(BLANKS)
    if job_id == "None":
        raise _missing()
    if not job_id or job_id.isspace():
        raise InvalidJobIdError("job_id is empty")
    if what := _shape(job_id):
        raise InvalidJobIdError(f"job_id {job_id[:SHOWN]!r} is the text of {what}: give one of its values")
    if job_id.strip() in {".", ".."}:
        raise InvalidJobIdError(f"job_id {job_id!r} would name another resource than a job")
    if not job_id.isprintable():  # checked at every poll, and every id that is used in earnest is printable
        if any(category(c) in CONTROLS for c in job_id):
            raise InvalidJobIdError(
                f"job_id {job_id[:SHOWN]!r} has a line break or another control character"
            )
        if any("\ud800" <= c <= "\udfff" for c in job_id):
            raise InvalidJobIdError(f"job_id {job_id[:SHOWN]!r} is not valid Unicode")
    return job_id


def _shape(job_id: str) -> str | None:
    """Return of what a text is the text that is no id, None if it may be one."""
    if job_id[0] in "{Od" and DICT.match(job_id):
        return "a dict"
    if job_id[0] not in "({bB" or job_id[-1] not in ")}\"'":
        return None
    with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
        return OTHERS.get(type(ast.literal_eval(job_id)))
    return None


def _as_text(job_id: object) -> str:
    if job_id is None:
        raise _missing()
    if isinstance(job_id, UUID):
        return str(job_id)
    if isinstance(job_id, int) and not isinstance(job_id, bool):
        if abs(job_id) >= LARGEST:
            raise InvalidJobIdError(f"job_id is a whole number of more than {LONGEST_JOB_ID} digits")
        return str(job_id)
    kind = type(job_id).__name__
    if isinstance(job_id, Mapping):
        keys = ", ".join(f"{quoted(key):.40}" for key, _ in zip(job_id, range(KEYS_SHOWN), strict=False))
        raise InvalidJobIdError(
            f"job_id must be a text, not {kind} with the keys {keys or '(none)'}: give one of its values, "
            "such as {{ ti.xcom_pull('submit')['id'] }}"
        )
    if isinstance(job_id, (set, frozenset)):
        raise InvalidJobIdError(f"job_id must be a text or a list, not {kind}, which has no order")
    raise InvalidJobIdError(f"job_id must be a text, not {kind}")


def _missing() -> InvalidJobIdError:
    return InvalidJobIdError("job_id is None: the upstream task gave no id, or under another XCom key")
