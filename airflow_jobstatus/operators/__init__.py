"""The operators: one submits a job and waits for it, one polls a job once.

Start at ``bulk_job.py``, a sensor that submits what it waits for; ``submissions.py`` is what its next try
knows of that. ``jobstatus.py`` polls once.

Names of Airflow that it does not document for providers: from 3.3 ``task_state_store`` of the context;
``max_tries`` of the task instance, which changes when a person clears the task.
"""
