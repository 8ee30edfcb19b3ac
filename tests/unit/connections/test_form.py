"""The form that Airflow 3.1 asks the hooks for has the fields that later releases read from the provider."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_jobstatus.hooks.http_job import HttpJobHook
from airflow_jobstatus.provider import get_provider_info
from tests.support.connection import HOOKS as SHIPPED

HOOKS = {**SHIPPED, "http_job": HttpJobHook}
ENTRIES = {entry["connection-type"]: entry for entry in get_provider_info()["connection-types"]}
EACH_TYPE = pytest.mark.parametrize("conn_type", ENTRIES)


def stand_in(kind: str) -> Any:
    """Give a class of widgets, or of fields, that keeps what it was made of."""
    return lambda *labels, **options: SimpleNamespace(kind=kind, labels=labels, **options)


@pytest.fixture
def widgets(monkeypatch):
    """Give a hook's widgets, made of stand-ins as Airflow 3.1 has them."""
    names = {
        "wtforms": ("BooleanField", "PasswordField", "StringField"),
        "flask_appbuilder": (),
        "flask_appbuilder.fieldwidgets": ("BS3PasswordFieldWidget", "BS3TextFieldWidget"),
    }
    for module, members in names.items():
        monkeypatch.setitem(
            sys.modules, module, SimpleNamespace(**{name: stand_in(name) for name in members})
        )
    return lambda conn_type: HOOKS[conn_type].get_connection_form_widgets()


@EACH_TYPE
def test_the_extras_have_the_same_names_and_labels(widgets, conn_type):
    labels = {name: field["label"] for name, field in ENTRIES[conn_type]["conn-fields"].items()}
    assert {name: widget.labels[0] for name, widget in widgets(conn_type).items()} == labels


@EACH_TYPE
def test_the_extras_have_the_same_defaults(widgets, conn_type):
    defaults = {
        name: str(field["schema"].get("default")) for name, field in ENTRIES[conn_type]["conn-fields"].items()
    }
    assert {name: str(widget.default) for name, widget in widgets(conn_type).items()} == defaults


@EACH_TYPE
def test_secrets_are_typed_unseen(widgets, conn_type):
    hidden = {name for name, widget in widgets(conn_type).items() if widget.kind == "PasswordField"}
    assert hidden == {"proxy", "headers"}


@EACH_TYPE
def test_a_yes_or_no_is_a_box_to_tick(widgets, conn_type):
    boxes = {name for name, widget in widgets(conn_type).items() if widget.kind == "BooleanField"}
    assert boxes == {"verify"}


@EACH_TYPE
def test_the_labels_are_the_same(conn_type):
    ours = HOOKS[conn_type].get_ui_field_behaviour()
    theirs = ENTRIES[conn_type]["ui-field-behaviour"]
    assert ours == {name.replace("-", "_"): value for name, value in theirs.items()}


@EACH_TYPE
def test_airflow_finds_both_on_the_class_itself(conn_type):
    assert {"get_ui_field_behaviour", "get_connection_form_widgets"} <= set(vars(HOOKS[conn_type]))
