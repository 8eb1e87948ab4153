"""What an explorer page weighs and how fast it answers, in headless Chromium.

PYTHONPATH=. python benchmarks/explorer.py PAGE ... [--seconds 4] [--geodesics 12] [--pictures FOLDER] [--write]

The browser gets pointer events as a hand makes them: pressed on the ring, on A or on a slider, then moved on and on.
A recorder in the page asks for every frame and keeps the time from one to the next, whatever the page does in between.
"images" are the frames with a newly decoded image; "turn" is what the page's own script took of one. The first row of a
page begins as soon as it is open, while the map, the path and the graph of the codes are still being computed.
Geodesics are those of ends drawn from the codes; the time runs from the drop of an end to the finished curve, the first
with the graph of the codes.
"""

import argparse
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from page import put
from playwright.sync_api import Page, sync_playwright

WINDOWS = {"wide": (1300, 900), "narrow": (400, 850)}
RECORD = """() => {
  const record = (window.record = { stamps: [], turns: [], images: 0 }), panel = explorer.panels[0];
  let last = panel.pixels;
  explorer.turn = () => {
    const start = performance.now();
    Page.prototype.turn.call(explorer);
    record.turns.push(performance.now() - start);
  };
  const frame = (now) => {
    if (window.record !== record) return;
    record.stamps.push(now);
    if (panel.pixels !== last) record.images++;
    last = panel.pixels;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
RECORDED = """() => {
  const { record } = window;
  delete explorer.turn;
  window.record = null;
  return record;
}"""
GEODESICS = """async (count) => {
  const panel = explorer.panels[0], times = [], frame = () => new Promise(requestAnimationFrame);
  for (let k = 0; k < count; k++) {
    const pick = (j) => panel.codes[(7919 * (2 * k + j) + 13) % panel.codes.length];
    const start = performance.now();
    panel.ends = { A: pick(0), B: pick(1) };
    panel.path();
    while (panel.jobs.path) await frame();
    times.push(performance.now() - start);
  }
  return times;
}"""
FRAMES = ("page", "moved", "frames/s", "images/s", "frame [ms]: median, 95 %, longest", "turn [ms]: median, 95 %")
PAGES = ("page", "MB", "members", "codes", "geodesic [s]: median, longest")


def ready(page: Page) -> None:
    """Waits until the page has done its long work."""
    while not page.evaluate("explorer.panels[0].jobs && !Object.keys(explorer.panels[0].jobs).length"):
        time.sleep(0.1)


def moved(page: Page, start: tuple[float, float], place: Callable[[float], tuple[float, float]], seconds: float) -> str:
    """Presses at a place, moves the pointer on and on, lets go; what the frames in between were."""
    page.mouse.move(*start)
    page.mouse.down()
    page.evaluate(RECORD)
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) < seconds:
        page.mouse.move(*place(passed))
    record = page.evaluate(RECORDED)
    page.mouse.up()
    frames, turns = np.diff(record["stamps"]), np.array(record["turns"])
    span = frames.sum() / 1000
    median, slow = np.percentile(frames, [50, 95])
    turn, long = np.percentile(turns, [50, 95])
    return (
        f"{len(frames) / span:.0f} | {record['images'] / span:.0f} | {median:.1f}, {slow:.1f}, {frames.max():.0f} "
        f"| {turn:.1f}, {long:.1f} |"
    )


def over_map(page: Page, handle: str, seconds: float) -> str:
    """The ring or an end taken around the map."""
    canvas = page.locator(".map > canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = page.evaluate(f"(() => {{ const p = explorer.panels[0]; return p.view.pixel({handle}); }})()")

    def place(passed: float) -> tuple[float, float]:
        turn = passed / 0.7
        across, up = 0.5 + 0.4 * np.cos(turn), 0.5 + 0.4 * np.sin(1.3 * turn)
        return box["x"] + across * box["width"], box["y"] + up * box["height"]

    return moved(page, (box["x"] + x, box["y"] + y), place, seconds)


def over_slider(page: Page, seconds: float) -> str:
    """The first slider taken to and fro."""
    slider = page.locator(".sliders input").first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2

    def place(passed: float) -> tuple[float, float]:
        return box["x"] + (0.5 + 0.4 * np.sin(passed / 0.5)) * box["width"], middle

    return moved(page, place(0.0), place, seconds)


def movements(page: Page, seconds: float) -> Iterator[tuple[str, str]]:
    """What was moved, and its cells of the table."""
    yield "ring, page just opened", over_map(page, "p.z", seconds)
    ready(page)
    yield "ring", over_map(page, "p.z", seconds)
    yield "end A of the path", over_map(page, "p.ends.A", seconds)
    if page.locator(".sliders input").count():
        yield "slider", over_slider(page, seconds)
    if page.locator("#rollouts .play").is_visible():
        page.click("#rollouts .play")
        yield "ring, film playing", over_map(page, "p.z", seconds)
        page.click("#rollouts .play")
    if page.locator("#compare").is_visible():
        page.click("#compare")
        yield "ring, two members", over_map(page, "p.z", seconds)
        page.click("#compare")
    ready(page)


def main() -> None:
    """Two tables, and pictures of the pages if a folder is named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--geodesics", type=int, default=12)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    frames, sizes = ([f"| {' | '.join(names)} |", "|---" * len(names) + "|"] for names in (FRAMES, PAGES))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        head = f"Chromium {browser.version}, headless, pictures drawn by the CPU\n"
        for path in given.pages:
            wide, high = WINDOWS["wide"]
            page = browser.new_page(viewport={"width": wide, "height": high}, color_scheme="light")
            page.goto(path.resolve().as_uri())
            frames += [f"| {path.stem} | {what} | {cells}" for what, cells in movements(page, given.seconds)]
            times = np.array(page.evaluate(GEODESICS, given.geodesics)) / 1000
            members, codes = page.evaluate("[explorer.data.members.length, explorer.panels[0].codes.length]")
            told = f"{path.stat().st_size / 1e6:.2f} | {members} | {codes} | {np.median(times):.2f}, {times.max():.2f}"
            sizes.append(f"| {path.stem} | {told} |")
            page.close()
        for path in given.pages if given.pictures else ():
            given.pictures.mkdir(parents=True, exist_ok=True)
            for name, (width, height) in WINDOWS.items():
                for scheme in ("light", "dark"):
                    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                    page.goto(path.resolve().as_uri())
                    ready(page)
                    page.screenshot(path=given.pictures / f"{path.stem}_{name}_{scheme}.png", full_page=True)
                    page.close()
        browser.close()
    lines = [head, *frames, "", *sizes]
    print("\n".join(lines))
    if given.write:
        put(lines, "explorer.md", "benchmarks/explorer.py")


if __name__ == "__main__":
    main()
