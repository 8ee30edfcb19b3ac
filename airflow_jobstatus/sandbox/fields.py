"""Reads what the sandbox itself is asked to do: the fields of a JSON body."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any

from airflow_jobstatus.sandbox.api import Refused, read_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohttp import web

Fields = dict[str, tuple[type, ...]]
"""The fields that a body may have, and of what types each may be."""

JOB_FIELDS: Fields = {
    "vendor": (str,),
    "seconds": (int, float, NoneType),
    "outcome": (str,),
    "records": (int,),
    "failed_records": (int, NoneType),
    "job_id": (str, NoneType),
}
FAULT_FIELDS: Fields = {
    "vendor": (str,),
    "kind": (str,),
    "seconds": (int, float),
    "delay": (int, float),
}


async def read_fields(
    request: web.Request, fields: Fields, required: Mapping[str, Iterable[str]]
) -> dict[str, Any]:
    """Read a body that may have some fields and must have others, or refuse it with 400.

    :param request: the request.
    :param fields: the fields that it may have.
    :param required: those that it must have, each with the values that there are.
    """
    body = await read_object(request)
    if unknown := body.keys() - fields.keys():
        raise Refused(400, f"unknown field {min(unknown)!r}; known are {', '.join(fields)}")
    for name, known in required.items():
        if name not in body:
            raise Refused(400, f"{name} is required, one of {', '.join(known)}")
    for name, value in body.items():
        if type(value) not in fields[name]:
            raise Refused(400, f"{name} cannot be {value!r}")
    return body
