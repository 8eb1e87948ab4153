"""What tests of every room share."""

import os
import shutil
from importlib.util import find_spec

import numpy as np
import pytest
import torch

torch.set_num_threads(1)  # sums in one order, whatever the machine and whichever tests run
if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"  # kernels for a GPU are interpreted


def pytest_addoption(parser):
    parser.addoption(
        "--everything", action="store_true", help="fail tests whose programs are not installed, do not skip them"
    )


@pytest.fixture(autouse=True)
def _alike():
    """Global random numbers and threads are the same whatever other tests drew and set."""
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.fixture
def rng():
    """Random numbers of a test of its own."""
    return np.random.default_rng(0)


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


@pytest.fixture(scope="module")
def chromium(programs):
    """The system's browser."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        programs(("chromium",), "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium):
    """Opens a file; afterwards nothing may have gone wrong in it, or out of it."""
    wrong, asked, contexts = [], [], []

    def open_file(path, **options):
        context = chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        context.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        asked.remove(path.as_uri())
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert wrong == []
    assert asked == []
