"""The APIs that are waited on: a path and a moment in, a status code and a body out."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from benchmarks.server.book import RECORDS, Book

Answer = tuple[int, bytes]
PAGE_SIZE = 100
NOT_FOUND: Answer = (404, b'{"type":"not_found","title":"Not Found","status":404,"detail":"No such job."}')
LIST = "/v1/bulk/jobs?"
GEOBRIDGE = """{"id":"job-%06d","status":"%s","submitted_at":"2026-08-01T12:40:00Z","started_at":\
"2026-08-01T12:41:05Z",%s"input":{"transport":"https","url":"https://files.example.com/batches/sprint-42.csv",\
"compression":"gzip"},"callback":{"url":"https://app.example.com/webhooks/geocoding","secret":\
"whsec_example_secret_03","signature_header":"X-Geobridge-Signature","retry_policy":{"max_attempts":5,\
"initial_delay_seconds":30,"strategy":"exponential"}},"options":{"output_format":"geojson","truncate_at":5},\
"metadata":{"batch_id":"sprint-42","requested_by":"ops@example.com"},"statistics":{"total_records":%d,\
"processed_records":%d,"successful_records":%d,"failed_records":0},"delivery_attempts":[]}"""
COURIER = """{"job":{"definition":{"event":"V7E6M48EFQMB78H746QCCD1KSRAA","data":{"campaign":"sprint-42"}},\
"enqueued":%d,"failures":0,"received":%d,"status":"%s"}}"""
DBT_CLOUD = """{"status":{"code":200,"is_success":true,"user_message":"Success!","developer_message":""},\
"data":{"id":%d,"trigger_id":7,"account_id":1,"project_id":2,"job_definition_id":3,"status":%d,\
"git_branch":"main","status_message":null,"dbt_version":"1.9.0","created_at":"2026-08-01 12:40:00+00:00",\
"updated_at":"2026-08-01 12:41:05+00:00","started_at":"2026-08-01 12:41:05+00:00","finished_at":null}}"""
DATABRICKS = """{"job_id":11,"run_id":%d,"number_in_job":1,"state":{"life_cycle_state":"%s","result_state":\
"%s","state_message":""},"task":{"notebook_task":{"notebook_path":"/sprint-42"}},"start_time":1785588065000,\
"setup_duration":1000,"execution_duration":1000,"creator_user_name":"ops@example.com","run_name":"sprint-42",\
"run_page_url":"https://example.cloud.databricks.com/run/1","run_type":"SUBMIT_RUN","tasks":[]}"""
FIVETRAN = """{"code":"Success","data":{"id":"%s","service":"google_sheets","schema":"sprint_42","paused":\
false,"sync_frequency":360,"schedule_type":"auto","created_at":"2026-08-01T12:40:00Z","succeeded_at":"%s",\
"failed_at":"2026-07-01T12:40:00.000000Z","status":{"setup_state":"connected","sync_state":"%s","update_state":\
"on_schedule","is_historical_sync":false,"tasks":[],"warnings":[]}}}"""
BEFORE = "2026-07-02T12:40:00.000000Z"


class Api:
    """Answers for every vendor, from one book of jobs.

    :param book: The jobs.
    """

    def __init__(self, book: Book) -> None:
        self._book = book

    def answer(self, path: str, body: bytes, now: float) -> Answer:
        """Return a status code and a JSON body.

        :param path: The path with its query.
        :param body: The request's body.
        :param now: Seconds since the epoch.
        """
        if path.startswith(LIST):
            return self._list(path, now)
        if path.startswith("/api/2.2/jobs/runs/get"):
            return self._databricks(json.loads(body)["run_id"], now)
        try:
            number = int(path.rstrip("/").rpartition("/")[2].removeprefix("job-"))
        except ValueError:
            return NOT_FOUND
        done = self._book.done(number, now)
        ended = done == RECORDS
        if path.startswith("/v1/bulk/jobs/"):
            text = self._geobridge(number, now)
        elif path.startswith("/bulk/"):
            text = COURIER % (done, RECORDS, "COMPLETED" if ended else "PROCESSING")
        elif path.startswith("/ended/"):
            return (200, b"{}") if ended else NOT_FOUND
        elif path.startswith("/api/v2/accounts/"):
            text = DBT_CLOUD % (number, 10 if ended else 3)
        elif path.startswith("/v1/connectors/"):
            when = self._book.end(number) if ended else BEFORE
            text = FIVETRAN % (f"job-{number:06d}", when, "scheduled" if ended else "syncing")
        else:
            return NOT_FOUND
        return 200, text.encode()

    def _databricks(self, number: int, now: float) -> Answer:
        ended = self._book.done(number, now) == RECORDS
        states = ("TERMINATED", "SUCCESS") if ended else ("RUNNING", "")
        return 200, (DATABRICKS % (number, *states)).encode()

    def _geobridge(self, number: int, now: float) -> str:
        done = self._book.done(number, now)
        ended = done == RECORDS
        completed = f'"completed_at":"{self._book.end(number)}",' if ended else ""
        status = "succeeded" if ended else "processing"
        return GEOBRIDGE % (number, status, completed, RECORDS, done, done)

    def _list(self, path: str, now: float) -> Answer:
        """Return a page of GeoBridge's list, the newest job first."""
        query = parse_qs(path.partition("?")[2])
        first = int(query.get("cursor", [str(self._book.size)])[0]) - 1
        last = max(-1, first - min(PAGE_SIZE, int(query["limit"][0])))
        jobs = ",".join(self._geobridge(number, now) for number in range(first, last, -1))
        cursor = f'"{last + 1}"' if last >= 0 else "null"
        return 200, f'{{"jobs":[{jobs}],"cursor":{cursor}}}'.encode()
