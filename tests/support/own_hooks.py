"""Hooks of a user's own, of a module that a triggerer can import too."""

from __future__ import annotations

from typing import Any

from airflow_jobstatus.hooks.courier import CourierHook

RIGHT = "courier_stored"


class OwnConnectionHook(CourierHook):
    """Takes its connection from elsewhere than where its id leads, as with a vault of one's own."""

    @classmethod
    def get_connection(cls, conn_id: str) -> Any:  # noqa: ARG003  what is asked for is not what is taken
        """Return the connection whose key is right."""
        return super().get_connection(RIGHT)
