"""Wait in Apache Airflow for the bulk jobs of Courier, Elastic Path and GeoBridge."""

__version__ = "0.1.0"
