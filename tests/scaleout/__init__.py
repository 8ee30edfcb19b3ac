"""Tests on a distributed Airflow, one night of faults for all: ``make test-scaleout``.

Two schedulers, triggerers and Celery workers over Redis and PostgreSQL. Many tasks wait; triggerers are
killed and frozen, Redis and PostgreSQL start anew, each component is replaced by a new one, and jobs end
meanwhile.
``night.py`` tells it, ``test_a_night_of_faults.py`` says what has to hold of it.
"""
