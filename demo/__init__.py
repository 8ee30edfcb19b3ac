"""Runs the example DAGs on a real Airflow against the sandbox: ``make demo``."""
