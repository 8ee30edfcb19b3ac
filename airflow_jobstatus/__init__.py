"""Wait in Apache Airflow for the bulk jobs of any HTTP API."""

__version__ = "0.2.0"
