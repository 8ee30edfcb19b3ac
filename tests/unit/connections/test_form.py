"""The form that Airflow 3.1 asks the hooks for has the fields that later releases read from the provider."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Param

from airflow_jobstatus.hooks.http_job import HttpJobHook
from airflow_jobstatus.provider import get_provider_info
from tests.support.connection import HOOKS as SHIPPED

HOOKS = {**SHIPPED, "http_job": HttpJobHook}
ENTRIES = {entry["connection-type"]: entry for entry in get_provider_info()["connection-types"]}
EACH_TYPE = pytest.mark.parametrize("conn_type", ENTRIES)


def stand_in(kind: str) -> Any:
    """Give a class of widgets, or of fields, that keeps what it was made of."""
    return lambda *labels, **options: SimpleNamespace(kind=kind, labels=labels, **options)


def field_of_airflow(kind: str) -> Any:
    """Give a class of fields as Airflow 3.1 makes it where there is no wtforms."""

    def make(label: str, *, description: str, default: Any, **_: Any) -> Any:
        param = Param(default=default, title=label, description=description, type=[KINDS[kind], "null"])
        return SimpleNamespace(param=param)

    return make


KINDS = {"BooleanField": "boolean", "PasswordField": "string", "StringField": "string"}


@pytest.fixture
def widgets(monkeypatch):
    """Give a hook's widgets, made of stand-ins for wtforms."""
    return widgets_of(monkeypatch, stand_in)


@pytest.fixture
def params(monkeypatch):
    """Give what Airflow 3.1 passes on to its UI of a hook's widgets, where there is no wtforms."""
    widgets = widgets_of(monkeypatch, field_of_airflow)
    return lambda conn_type: {name: field.param.dump() for name, field in widgets(conn_type).items()}


def widgets_of(monkeypatch, field_class):
    widget_names = ("BS3PasswordFieldWidget", "BS3TextFieldWidget")
    modules = {
        "wtforms": {name: field_class(name) for name in KINDS},
        "flask_appbuilder": {},
        "flask_appbuilder.fieldwidgets": {name: stand_in(name) for name in widget_names},
    }
    for module, members in modules.items():
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(**members))
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
    assert hidden == {"proxy"}


@EACH_TYPE
def test_a_yes_or_no_is_a_box_to_tick(widgets, conn_type):
    boxes = {name for name, widget in widgets(conn_type).items() if widget.kind == "BooleanField"}
    assert boxes == {"verify"}


@EACH_TYPE
def test_the_ui_types_each_extra_as_later_releases_do(params, conn_type):
    shown = {name: param["schema"].items() for name, param in params(conn_type).items()}
    fields = ENTRIES[conn_type]["conn-fields"]
    assert all(field["schema"].items() <= shown[name] for name, field in fields.items())


@EACH_TYPE
def test_the_ui_begins_with_the_same_values(params, conn_type):
    begun = {name: param["value"] for name, param in params(conn_type).items()}
    fields = ENTRIES[conn_type]["conn-fields"]
    assert begun == {name: field["schema"].get("default") for name, field in fields.items()}


@EACH_TYPE
def test_the_labels_are_the_same(conn_type):
    ours = HOOKS[conn_type].get_ui_field_behaviour()
    theirs = ENTRIES[conn_type]["ui-field-behaviour"]
    assert ours == {name.replace("-", "_"): value for name, value in theirs.items()}


@EACH_TYPE
def test_airflow_finds_both_on_the_class_itself(conn_type):
    assert {"get_ui_field_behaviour", "get_connection_form_widgets"} <= set(vars(HOOKS[conn_type]))
