"""The commands of ``python -m airflow_jobstatus``: a module each, which gives its options and what it does.

Start at ``line.py``. rich is needed by ``display.py`` alone, and only for the progress bar.
"""
