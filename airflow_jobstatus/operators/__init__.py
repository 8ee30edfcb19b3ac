"""The operator, which polls a job once, and what it shares with the sensor.

Start at ``jobstatus.py``. ``base.py`` finds the hook and pushes counters, ``exceptions.py`` chooses the
exception by which Airflow learns how a task ended.
"""
