"""Whatever bytes a config's file holds: it is one YAML document of keys with values, or one line."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from curvae.settings.base import ConfigError
from curvae.settings.file import check_file

ROOT = Path(__file__).parents[2]


def refusal(folder, content):
    """The line that the file is refused in; None for a good one."""
    (folder / "config.yaml").write_bytes(content)
    try:
        check_file(str(folder / "config.yaml"))
    except ConfigError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "path", [ROOT / "config.yaml", *sorted(ROOT.glob("*/config.yaml")), *sorted(ROOT.glob("benchmarks/*.yaml"))]
)
def test_the_configs_of_the_house_are_files_of_configs(path):
    assert check_file(str(path)) is None


def test_a_missing_file_is_left_to_snakemake(tmp_path):
    assert check_file(str(tmp_path / "none.yaml")) is None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a: 1\nb: 2\n", None),
        (b"a: &x {k: 1}\nb: {<<: *x, k: 2}\n", None),
        (b"\xef\xbb\xbfa: 1\n", None),
        (b"a: 1\nb: [2\nc: 3\n", "line 3 = 'c: 3': expected ',' or ']', but got ':' (column 2); allowed: YAML"),
        (
            b"a: 1\n\tb: 2\n",
            "line 2 = 'b: 2': found character '\\t' that cannot start any token (column 1); allowed: YAML",
        ),
        (b"a: 1\n---\nb: 2\n", "line 2 = '---': but found another document (column 1); allowed: YAML"),
        (b"a: {b: [{c: 1, c: 2}]}\n", "a.b[0].c = '2': in line 1, and in line 1 before; allowed: every key once"),
        (b"a: 1\nb: 2\na: {}\n", "a = '...': in line 3, and in line 1 before; allowed: every key once"),
        (b"42", "config = 42: allowed: keys with values, as in docs/config.md"),
        (b"a: 2026-13-45\n", "month must be in 1..12; allowed: YAML"),
        (b"a: \x00", "special characters are not allowed"),
        (b"[" * 20000, "config = "),
        (b"a: &x [*x]\n", None),
    ],
)
def test_what_is_no_config_is_refused_in_one_line(tmp_path, content, line):
    said = refusal(tmp_path, content)
    assert said is line is None or line in said
    assert "\n" not in (said or "")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    content=st.one_of(
        st.binary(max_size=40), st.text(alphabet=":-[]{}&*!|>'\"%@`#,?\n\t ab1", max_size=40).map(str.encode)
    )
)
def test_any_bytes_are_keys_with_values_or_one_line(tmp_path_factory, content):
    said = refusal(tmp_path_factory.getbasetemp(), content)
    assert "\n" not in (said or "")
    if said is None:
        assert isinstance(yaml.safe_load(content.decode()), dict)
