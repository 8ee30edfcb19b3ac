"""The form of a connection in Airflow's UI, made from the declarations of vendor and extras."""

from __future__ import annotations

from typing import Any

from airflow_jobstatus.connections.declaration import DECLARATION, HTTP_JOB, Declared
from airflow_jobstatus.connections.extras import EXTRAS, Extra
from airflow_jobstatus.protocol.vendor import Vendor

PORT = "443; Airflow 3.3.2 tests a saved connection only with its port"
"""What the empty field says: the button for a test sends 0 as the port then, and Airflow's API refuses it."""


def connection_type(vendor: Vendor, hook_class_name: str) -> dict[str, Any]:
    """Return the entry of a vendor in a provider's ``connection-types``.

    :param vendor: The vendor's declaration.
    :param hook_class_name: The import path of its hook.
    """
    return {
        "connection-type": vendor.conn_type,
        "hook-class-name": hook_class_name,
        "hook-name": vendor.name,
        "ui-field-behaviour": {
            "hidden-fields": _hidden(vendor),
            "relabeling": _labels(vendor),
            "placeholders": _placeholders(vendor),
        },
        "conn-fields": {
            field.name: {"label": field.label, "description": field.description, "schema": field.schema}
            for field in _fields(vendor)
        },
    }


def field_behaviour(vendor: Vendor) -> dict[str, Any]:
    """Return the same labels as ``BaseHook.get_ui_field_behaviour`` gives them, for Airflow 3.1."""
    return {
        "hidden_fields": _hidden(vendor),
        "relabeling": _labels(vendor),
        "placeholders": _placeholders(vendor),
    }


def form_widgets(vendor: Vendor) -> dict[str, Any]:
    """Return the extras as ``BaseHook.get_connection_form_widgets`` gives them, for Airflow 3.1.

    :param vendor: The vendor's declaration.
    :raises ImportError: where neither wtforms nor Airflow's stand-in for it is there.
    """
    from flask_appbuilder.fieldwidgets import (  # noqa: PLC0415  only where Airflow asks for widgets
        BS3PasswordFieldWidget,
        BS3TextFieldWidget,
    )
    from wtforms import BooleanField, PasswordField, StringField  # noqa: PLC0415

    widgets = {}
    for field in _fields(vendor):
        kind, options = StringField, {"widget": BS3TextFieldWidget()}
        if field.schema.get("format") == "password":
            kind, options = PasswordField, {"widget": BS3PasswordFieldWidget()}
        elif "boolean" in field.schema["type"]:
            kind, options = BooleanField, {}
        default = field.schema.get("default")
        if kind is not BooleanField and default is not None:
            default = str(default)  # no field for numbers takes a fraction
        widget = kind(field.label, description=field.description, default=default, **options)
        if param := getattr(widget, "param", None):  # Airflow's stand-in has what its UI goes by
            param.schema.update(field.schema)
            param.value = field.schema.get("default")
        widgets[field.name] = widget
    return widgets


def _fields(vendor: Vendor) -> list[Declared | Extra]:
    """Return the fields of the extra; one of a declaration stands for that of the same name of every type."""
    declaration = DECLARATION if vendor.conn_type == HTTP_JOB else ()
    declared = {field.name for field in declaration}
    return [*declaration, *(field for field in EXTRAS if field.name not in declared)]


def _hidden(vendor: Vendor) -> list[str]:
    return ["schema", "extra", *([] if vendor.form.login else ["login"])]


def _labels(vendor: Vendor) -> dict[str, str]:
    labels = {"host": "API URL", "password": vendor.form.password}
    if vendor.form.login:
        labels["login"] = vendor.form.login
    return labels


def _placeholders(vendor: Vendor) -> dict[str, str]:
    placeholders = {
        "host": vendor.base_url or "https://api.example.com/prefix",
        "port": PORT,
        "login": vendor.form.login_placeholder,
        "password": vendor.form.password_placeholder,
    }
    return {name: text for name, text in placeholders.items() if text}
