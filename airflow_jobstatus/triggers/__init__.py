"""What runs in the triggerer.

Start at ``jobstatus.py``, the trigger that waits for a job; its ``serialize()`` is what lies in Airflow's
database during a wait, and ``event.py`` reports its end. ``options.py`` is what the task asks of its wait,
``progress.py`` shows how far it is, ``lines.py`` logs what it says, ``xcoms.py`` pushes and pulls XComs
from the triggerer, ``supervisor.py`` has the requests for that queue and sends them. ``fate.py`` decides
whether to cancel the job of a trigger that Airflow has ended, and ``standstill.py`` notices what makes that
doubtful. ``stats.py`` finds what takes metrics. The trigger that begins a wait is in ``workerless``.

Names of Airflow that it does not document for providers: in ``airflow.sdk.execution_time`` the messages of
``comms`` and ``task_runner.SUPERVISOR_COMMS``; ``BaseXCom.deserialize_value`` and ``XCOM_RETURN_KEY``;
``BaseTrigger.task_instance``, and ``on_kill``, which Airflow calls from 3.3; ``io`` of the factory of loggers
with which Airflow configures structlog.
"""
