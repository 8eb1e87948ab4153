"""What tests of every room share."""

import os
import shutil
from importlib.util import find_spec

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--everything", action="store_true", help="fail tests whose programs are not installed, do not skip them"
    )


@pytest.fixture(scope="session")
def programs(pytestconfig):
    """Skips a test, or with --everything fails it, where a program that it runs is not on the PATH."""

    def need(names, packages):
        path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
        if missing := [name for name in names if shutil.which(name, path=path) is None]:
            said = f"{', '.join(missing)} not on the PATH: install the Debian packages {packages}"
            (pytest.fail if pytestconfig.getoption("--everything") else pytest.skip)(said)

    return need


@pytest.fixture(scope="session")
def modules(pytestconfig):
    """Skips a test, or with --everything fails it, where a module that it needs is not installed."""

    def need(names, requirements):
        if missing := [name for name in names if find_spec(name) is None]:
            said = f"{', '.join(missing)} not installed: pip install --no-deps -r {requirements}"
            (pytest.fail if pytestconfig.getoption("--everything") else pytest.skip)(said)

    return need
