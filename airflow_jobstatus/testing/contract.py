"""The contract that every vendor keeps, as one test function that pytest collects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from airflow_jobstatus.protocol.vendor import Vendor
from airflow_jobstatus.testing.answers import read_answers
from airflow_jobstatus.testing.cases import Case, cases_of
from airflow_jobstatus.testing.subject import Subject, read_subject

Source = Path | str | Mapping[str, Any]


def contract(
    vendor: Vendor | None = None,
    *,
    answers: Source,
    connection: Source | None = None,
) -> Callable[[Case], None]:
    """Return the tests of a vendor, to be assigned to a name that begins with ``test_``.

    :param vendor: The vendor's declaration, None for an API that the connection declares.
    :param answers: What the API answers: a JSON file, a folder of them, or a mapping.
    :param connection: The fields of a connection, or the path of a JSON file with them: ``login``,
        ``password`` and ``extra``; its host is not called. Needed for a vendor whose answers name a
        credential.
    :raises ValueError: if there is neither a vendor nor a connection, or no answers.
    :raises InvalidVendorError: if the connection declares something unusable.
    """
    subject = read_subject(vendor, connection)
    subject.api("http://localhost", "http://localhost")  # what is unusable is said once, and not by each case
    params = [pytest.param(case, id=case.name) for case in _cases(subject, answers)]

    @pytest.mark.parametrize("case", params)
    def test(case: Case) -> None:
        case.run()

    return test


def _cases(subject: Subject, answers: Source) -> Iterator[Case]:
    for api in read_answers(answers):
        yield from cases_of(subject, api)
