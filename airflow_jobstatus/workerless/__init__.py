"""Begins and ends a wait without a worker.

A deferred wait usually starts two worker processes: one to defer, one to hear how it ended. With
``start_from_trigger`` the wait begins in the triggerer, with ``end_from_trigger`` a success ends there.

Start at ``eligibility.py``: why a worker does it all the same, and what is needed of a sensor.
``start.py`` is what the scheduler reads of a sensor, ``trigger.py`` is what it starts in the triggerer, and
``arguments.py`` is how the one passes arguments to the other. The success itself is ended by
``triggers/jobstatus.py``.

Airflow's private names; ``triggers`` and ``sensors`` list their own. Each was checked on 3.3.2, by
``tests/unit/workerless/test_airflow_names.py`` or on a real Airflow. On 3.1 and 3.2 no wait begins here:
only those in ``eligibility.py`` are used there.

- ``BaseOperator._validate_start_from_trigger_kwargs``: whether Airflow starts tasks in the triggerer
- ``BaseOperator.start_from_trigger``, ``start_trigger_args``: the scheduler reads them
- ``BaseOperator._pre_execute_hook``, ``_post_execute_hook``: what a DAG passes as ``pre_execute``
- ``get_closest_mapped_task_group``, ``iter_mapped_dependants``, ``returns_dag_result`` of an operator
- ``DAG.task_dict``, ``template_undefined``, ``jinja_environment_kwargs``
- ``airflow.sdk.definitions.xcom_arg.PlainXComArg``: a task's output; ``airflow.sdk`` exports only its base
- ``airflow.sdk.listener``, before 3.2 ``airflow.listeners.listener``: ``get_listener_manager``
- ``BaseTrigger.task_instance``, ``timeout_after``: the triggerer sets them before ``run``
- ``BaseTrigger.get_template_env``; ``get_template_context`` of its task instance, there if the DAG is known
"""
