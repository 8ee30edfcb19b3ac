"""WHAT A PERSON SEES OF A WAIT INSIDE AIRFLOW: one JavaScript file, and what serves it.

``app.js`` draws the tabs Job and Jobs and the page Remote jobs. Airflow's UI loads it as a React app, a kind
of plugin, and gives it React; there is no build step. It reads the XComs of waits from Airflow's REST API,
with the rights of whoever looks. ``static.py`` serves the file; Airflow mounts it without authentication, so
it serves nothing else. ``plugin.py``, beside this folder, declares both to Airflow.
"""
