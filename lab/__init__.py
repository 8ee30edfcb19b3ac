"""Starts a real Airflow for as long as a context lasts: what demo, tests and benchmarks run their DAGs on.

Start at :class:`lab.installation.Installation`: scheduler, API server, triggerer and DAG processor in a
directory of their own, which end with the context, however it is left::

    with Installation(Path("example_dags")) as airflow:
        run = Run.start(airflow, "wait_for_one_job")
        print(run.wait(), run.tasks)

:class:`lab.cluster.Cluster` is a distributed one, on Celery (``redis``, which ``debian`` unpacks) and
``postgresql``; each of its components is a ``node`` that can be killed, frozen and replaced. What both
share is in ``local``.

``client`` is Airflow's REST API, ``run`` one run of a DAG seen through it, and ``browser`` what a person
sees of it. ``session`` ends a process together with all that it has started, ``signals`` lets a program that
is asked to end clean up first, and ``until`` waits for what another process does. Nothing here
knows this package: it would start any Airflow.
"""
