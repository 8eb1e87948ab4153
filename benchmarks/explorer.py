"""What an explorer page weighs and how fast it answers, in headless Chromium.

PYTHONPATH=. python benchmarks/explorer.py PAGE ... [--seconds 4] [--geodesics 12] [--pictures FOLDER] [--write]

A drag moves the ring a little in every frame that the browser gives, as a finger does. "frames" are those that it gave
in a second, each with a newly decoded image; "work" is the script's own time a frame, which another program on the
machine disturbs less. Geodesics are those of ends drawn from the codes; the time runs from the drop of an end to the
finished curve, the first with the graph of the codes; while nothing is dragged, the page works 24 ms of a frame.
"""

import argparse
import shutil
import time
from pathlib import Path

import numpy as np
from page import put
from playwright.sync_api import Page, sync_playwright

WINDOWS = {"wide": (1300, 900), "narrow": (400, 850)}
DRAG = """async (seconds) => {
  const panel = explorer.panels[0], box = panel.box, works = [], draw = panel.draw.bind(panel);
  let images = 0, last = null;
  panel.draw = () => { const start = performance.now(); draw(); works.push(performance.now() - start);
    if (panel.pixels !== last) { images++; last = panel.pixels; } };
  const frame = () => new Promise(requestAnimationFrame), start = performance.now();
  let now = start, frames = 0;
  while (now - start < 1000 * seconds) {
    const turn = (now - start) / 700, at = [Math.cos(turn), Math.sin(1.3 * turn)];
    panel.drag("point", at.map((share, k) => (box[k][0] + box[k][1]) / 2 + 0.4 * share * (box[k][1] - box[k][0])));
    now = await frame();
    frames++;
  }
  delete panel.draw;
  works.sort((a, b) => a - b);
  return [images / seconds, works[works.length >> 1], works[Math.floor(0.95 * works.length)]];
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


def ready(page: Page) -> None:
    """Waits until the page has done its long work."""
    while not page.evaluate("explorer.panels[0].jobs && !Object.keys(explorer.panels[0].jobs).length"):
        time.sleep(0.1)


def measure(page: Page, path: Path, seconds: float, geodesics: int) -> str:
    """A row of the table."""
    ready(page)
    frames, work, slow = page.evaluate(DRAG, seconds)
    times = np.array(page.evaluate(GEODESICS, geodesics)) / 1000
    members, codes = page.evaluate("[explorer.data.members.length, explorer.panels[0].codes.length]")
    told = f"{frames:.0f} | {work:.1f}, {slow:.1f} | {np.median(times):.2f}, {times.max():.2f}"
    return f"| {path.stem} | {path.stat().st_size / 1e6:.2f} | {members} | {codes} | {told} |"


def main() -> None:
    """One row a page, and pictures of it if a folder is named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--geodesics", type=int, default=12)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    names = ("page", "MB", "members", "codes", "frames a second while dragging", "work a frame [ms], median and 95 %")
    lines = [
        "| " + " | ".join((*names, f"geodesic [s], median and largest of {given.geodesics}")) + " |",
        "|---" * 7 + "|",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for path in given.pages:
            for name, (width, height) in WINDOWS.items():
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
                page.goto(path.resolve().as_uri())
                ready(page)
                if given.pictures:
                    given.pictures.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=given.pictures / f"{path.stem}_{name}.png")
                if name == "wide":
                    lines.append(measure(page, path, given.seconds, given.geodesics))
                page.close()
        lines.insert(0, f"Chromium {browser.version}, headless, pictures drawn by the CPU\n")
        browser.close()
    print("\n".join(lines))
    if given.write:
        put(lines, "explorer.md", "benchmarks/explorer.py")


if __name__ == "__main__":
    main()
