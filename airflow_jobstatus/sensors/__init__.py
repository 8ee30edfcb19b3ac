"""The sensor, which waits for a job in each of Airflow's modes.

Start at ``jobstatus.py``. ``arguments.py`` checks what a DAG file passes, ``deferral.py`` hands a wait over
to the triggerer, ``store.py`` keeps what a rescheduled wait remembers.

Names of Airflow that it does not document for providers: ``BaseSensorOperator._get_next_poke_interval`` and
``reschedule``; ``TRIGGER_FAIL_REPR`` and ``TriggerFailureReason`` of ``airflow.sdk.bases.operator``;
``get_first_reschedule_date`` of the task instance; from 3.3 ``task_state_store`` of the
context.
"""
