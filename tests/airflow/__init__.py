"""Tests on a real Airflow, which takes tens of seconds to start: so there are as few of them as possible.

``alone`` has an Airflow for each of its files: a triggerer is killed, or a listener is installed. ``shared``
and ``wheel`` share one; ``wheel`` runs on every version of Airflow too, against the installed package. pytest
goes by the alphabet: each Airflow of ``alone`` has ended before the shared one starts, and the tests in which
a person ends waits come last, in ``wheel``.
"""
