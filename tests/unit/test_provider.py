"""The provider's description holds to its schemas and to what there is."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from importlib.resources import files
from pkgutil import resolve_name

import jsonschema
import pytest

from airflow_jobstatus.connections.declaration import DECLARATION
from airflow_jobstatus.connections.extras import EXTRAS
from airflow_jobstatus.hooks.base import JobStatusHook
from airflow_jobstatus.provider import get_provider_info

INFO = get_provider_info()
TYPES = INFO["connection-types"]
EACH_TYPE = pytest.mark.parametrize("entry", TYPES, ids=lambda entry: entry["connection-type"])


def schema(name: str) -> dict:
    return json.loads((files("airflow") / name).read_text())


def test_the_description_holds_to_airflows_schema():
    jsonschema.validate(INFO, schema("provider_info.schema.json"))


@EACH_TYPE
def test_a_connection_type_holds_to_the_schema_of_provider_yaml(entry):
    whole = schema("provider.yaml.schema.json")
    part = whole["properties"]["connection-types"]["items"]
    jsonschema.validate(entry, {**part, "definitions": whole.get("definitions", {})})


def test_the_package_name_is_the_distributions_own():
    assert INFO["package-name"] == distribution("airflow-provider-jobstatus").metadata["Name"]


def test_airflow_finds_the_description_by_its_entry_point():
    [found] = distribution("airflow-provider-jobstatus").entry_points.select(group="apache_airflow_provider")
    assert found.load() is get_provider_info


@EACH_TYPE
def test_a_hook_class_exists_and_is_of_the_type_and_name(entry):
    hook = resolve_name(entry["hook-class-name"])
    assert issubclass(hook, JobStatusHook)
    assert (hook.conn_type, hook.hook_name) == (entry["connection-type"], entry["hook-name"])


@pytest.mark.parametrize("kind", ["hooks", "sensors", "operators", "triggers"])
def test_every_module_that_is_named_exists(kind):
    modules = [module for group in INFO[kind] for module in group["python-modules"]]
    assert modules
    assert all(resolve_name(module) for module in modules)


@pytest.mark.parametrize("kind", ["hooks", "sensors", "operators", "triggers"])
def test_every_module_belongs_to_an_integration(kind):
    known = {integration["integration-name"] for integration in INFO["integrations"]}
    assert {group["integration-name"] for group in INFO[kind]} <= known


@EACH_TYPE
def test_every_extra_that_is_read_has_a_field_and_no_other(entry):
    declared = DECLARATION if entry["connection-type"] == "http_job" else ()
    assert list(entry["conn-fields"]) == list(dict.fromkeys(field.name for field in (*declared, *EXTRAS)))


@EACH_TYPE
def test_secret_fields_are_shown_as_passwords(entry):
    hidden = {
        name for name, field in entry["conn-fields"].items() if field["schema"].get("format") == "password"
    }
    assert hidden == {"proxy"}


@EACH_TYPE
def test_a_field_for_an_object_is_a_json_editor(entry):
    objects = {"headers", "secret_headers", "states"}
    assert {entry["conn-fields"][name]["schema"]["type"][0] for name in objects} == {"object"}


@EACH_TYPE
def test_a_field_for_a_number_has_bounds(entry):
    schemas = [field["schema"] for field in entry["conn-fields"].values()]
    numbers = [schema for schema in schemas if "number" in schema["type"]]
    assert len(numbers) == 3
    assert all(schema["minimum"] < schema["maximum"] for schema in numbers)


@EACH_TYPE
def test_a_field_for_a_text_that_is_seen_has_an_example(entry):
    schemas = [field["schema"] for field in entry["conn-fields"].values()]
    assert all("examples" in schema or "format" in schema for schema in schemas if "string" in schema["type"])


@EACH_TYPE
def test_the_port_is_shown(entry):
    assert "port" not in entry["ui-field-behaviour"]["hidden-fields"]


@EACH_TYPE
def test_a_default_holds_to_its_own_schema(entry):
    for field in entry["conn-fields"].values():
        jsonschema.validate(field["schema"].get("default"), field["schema"])


@EACH_TYPE
def test_the_login_is_hidden_where_there_is_none(entry):
    behaviour = entry["ui-field-behaviour"]
    assert ("login" in behaviour["hidden-fields"]) == ("login" not in behaviour["relabeling"])
