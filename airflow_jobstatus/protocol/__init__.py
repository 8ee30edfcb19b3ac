"""The pure part: requests, answers, jobs, schedules and verdicts, without I/O and without Airflow."""
