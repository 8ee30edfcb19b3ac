"""The sensor, which waits for a job in each of Airflow's modes.

Start at ``jobstatus.py``. ``arguments.py`` checks what a DAG file passes, ``store.py`` keeps what a
rescheduled wait remembers.

Names of Airflow that it does not document for providers: ``BaseSensorOperator._get_next_poke_interval`` and
``reschedule``; ``get_first_reschedule_date`` of the task instance; from 3.3 ``task_state_store`` of the
context.
"""
