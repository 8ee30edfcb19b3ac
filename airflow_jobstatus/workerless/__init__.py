"""Begins and ends a wait without a worker.

A deferred wait usually starts two worker processes: one to defer, one to hear how it ended. With
``start_from_trigger`` the wait begins in the triggerer, with ``end_from_trigger`` a success ends there.

Start at ``eligibility.py``: why a worker does it all the same, and what is needed of a sensor.
``start.py`` is what the scheduler reads of a sensor, ``trigger.py`` is what it starts in the triggerer, and
``arguments.py`` is how the one passes arguments to the other. The success itself is ended by
``triggers/jobstatus.py``.

Names of Airflow that it does not document for providers, here and nowhere else but where ``triggers`` and
``sensors`` list their own. The unit tests find each on 3.3.2; on 3.1.8 and 3.2.2 all that is asked is whether
the first exists.

- ``BaseOperator._validate_start_from_trigger_kwargs``: whether Airflow starts tasks in the triggerer
- ``BaseOperator.start_from_trigger``, ``start_trigger_args``: read by the scheduler, also of the class
- ``BaseOperator._pre_execute_hook``, ``_post_execute_hook``: what a DAG file passes as ``pre_execute``
- ``get_closest_mapped_task_group``, ``iter_mapped_dependants``, ``returns_dag_result`` of an operator
- ``DAG.task_dict``, ``template_undefined``, ``jinja_environment_kwargs``
- ``airflow.sdk.definitions.xcom_arg.PlainXComArg``: a task's output; ``airflow.sdk`` exports only its base
- ``airflow.sdk.listener``, before 3.2 ``airflow.listeners.listener``: ``get_listener_manager``
- ``BaseTrigger.task_instance``, ``get_template_env``, ``timeout_after``: set by the triggerer before ``run``
- ``get_template_context`` of a trigger's task instance: there if the task's DAG is known
"""
