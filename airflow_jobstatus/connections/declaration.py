"""The fields of a connection of type ``http_job`` that declare its API, as the connection form shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HTTP_JOB = "http_job"
"""The connection type."""
MORE = "More of the API"
"""The section of the form for what most APIs do without."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One field of the form.

    :param name: The key in the extra.
    :param label: The label in the form.
    :param description: The help text in the form.
    :param example: What a text may be; None for an object, which gets a JSON editor.
    :param section: The section of the form; None for the one that the fields of every connection are in.
    """

    name: str
    label: str
    description: str
    example: str | None = None
    section: str | None = None

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON schema of the field, by which Airflow chooses how it is typed."""
        section = {} if self.section is None else {"section": self.section}
        if self.example is None:
            return {"type": ["object", "null"], **section}
        return {"type": ["string", "null"], "examples": [self.example], **section}


DECLARATION = (
    Declared(
        name="path",
        label="Path of a job",
        description="The status call below the host; {id} is the job's id, {+id} one that keeps its slashes.",
        example="/v1/jobs/{id}",
    ),
    Declared(
        name="auth",
        label="Sign-in",
        description='How requests are signed: {"type": "http", "scheme": "bearer"}, which is the default, or '
        '"basic"; {"type": "apiKey", "in": "header", "name": "X-Key"}; '
        '{"type": "oauth2", "tokenUrl": "/token"}; {"type": "none"}.',
    ),
    Declared(
        name="status",
        label="Status",
        description="Where the answer has the status word, in JMESPath; status by default.",
        example="data.status",
    ),
    Declared(
        name="states",
        label="Status words",
        description='What other status words mean: {"PARKED": "pending"}; these win over the known ones. The '
        "states are pending, running, succeeded, failed and cancelled.",
    ),
    Declared(
        name="counters",
        label="Counters",
        description='Where the answer has counts: {"total": "rows.all", "failed": "rows.bad"}. The names '
        "total, processed, succeeded and failed have a meaning; each count is an XCom.",
    ),
    Declared(
        name="job",
        label="Job",
        description="Where the answer has the job; the other expressions start from there. If it finds "
        "nothing, the answer holds no job.",
        example="data",
        section=MORE,
    ),
    Declared(
        name="id",
        label="Id",
        description="Where the answer has the job's id, so that an answer about another job is refused.",
        example="id",
        section=MORE,
    ),
    Declared(
        name="percent",
        label="Percent",
        description="Where the answer has the progress, 0 to 100; by default it comes from the counters.",
        example="progress.percent",
        section=MORE,
    ),
    Declared(
        name="error",
        label="Error",
        description="Where the answer says why a job failed: a text, an object or a list.",
        example="errors[].message",
        section=MORE,
    ),
    Declared(
        name="times",
        label="Times",
        description='Where the answer has times: {"created_at": "created", "completed_at": "ended"}; also '
        "started_at and updated_at.",
        section=MORE,
    ),
    Declared(
        name="outputs",
        label="Outputs",
        description='Where the answer has results: {"file": "result.url"}; each is an XCom.',
        section=MORE,
    ),
    Declared(
        name="cancel",
        label="Cancel",
        description='The call that cancels a job: {"method": "POST", "path": "/v1/jobs/{id}/cancel"}; also '
        "body and ended_codes.",
        section=MORE,
    ),
    Declared(
        name="submit",
        label="Submit",
        description='The call that submits a job: {"path": "/v1/jobs", "id": "id", "idempotency_header": '
        '"Idempotency-Key"}; also method, and body with the text "{payload}" where the payload goes.',
    ),
    Declared(
        name="results",
        label="Results",
        description='Where the results are: {"path": "/v1/jobs/{id}/results", "format": "csv"}; or '
        '{"output": "file"} where that output is a link. Also link, and for pages records, cursor and '
        "parameter.",
        section=MORE,
    ),
    Declared(
        name="http_states",
        label="HTTP codes",
        description='What HTTP codes of the status call mean: {"202": "running"}. If the answer has a known '
        "status word, that counts instead.",
        section=MORE,
    ),
    Declared(
        name="transient",
        label="Transient",
        description="An expression that is true where an answer with code 200 is a fault that may pass, "
        "such as a throttled query.",
        example="errors[?extensions.code == 'THROTTLED']",
        section=MORE,
    ),
    Declared(
        name="console",
        label="Console",
        description="The URL of the job's page for people.",
        example="https://app.example.com/jobs/{id}",
        section=MORE,
    ),
    Declared(
        name="name",
        label="Name",
        description='The name of the API in messages; "HTTP API" by default.',
        example="Acme",
        section=MORE,
    ),
    Declared(
        name="probe",
        label="Probe",
        description="The path that the test button calls; it should need the credential and answer in JSON.",
        example="/v1/jobs?limit=1",
        section=MORE,
    ),
    Declared(
        name="method",
        label="Method",
        description="GET, which is the default, or POST.",
        example="POST",
        section=MORE,
    ),
    Declared(
        name="body",
        label="Body",
        description="The JSON body of a POST, such as a GraphQL query; {id} in its texts is the job's id.",
        section=MORE,
    ),
)
"""The fields in the order of the form: what is asked for first stands first."""
