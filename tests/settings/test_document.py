"""The schema and the page of keys are those of the settings classes."""

import yaml

from curvae.settings import document
from curvae.settings.study import Study


def test_schema_and_page_are_up_to_date():
    for path, text in ((document.SCHEMA, document.schema()), (document.PAGE, document.page())):
        assert path.read_text() == text, "run: python -m curvae.settings.document"


def test_the_schema_is_closed_everywhere():
    schema = yaml.safe_load(document.schema())
    parts = [schema, *schema["$defs"].values()]
    assert all(part["additionalProperties"] is False for part in parts if part.get("type") == "object")


def test_every_key_of_the_study_is_on_the_page():
    assert all(f"| `{name}` |" in document.page() for name in Study.model_fields)
