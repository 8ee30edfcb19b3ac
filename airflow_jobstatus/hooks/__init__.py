"""The hooks: one for each connection type, on ``base.py``; ``lookup.py`` finds the one of a connection."""

# Airflow, when first imported, asks every installed provider for its description, and some import their
# hooks for that. So it comes before any module of this folder: else such a hook would find half of one.
import airflow  # noqa: F401
