"""The pages of a finished study in a real browser: they decode as PyTorch does, are legible, and stay by themselves."""

import time
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import pytest
import yaml

from curvae import data, store
from curvae.figures.style import evenly
from curvae.settings.model import VAE
from curvae.sweep import open_stack

MEMBERS = """() => explorer.data.members.map((spec) => {
  const { decoder, codes } = opened(spec), plane = widest(codes), box = boxAround(codes, plane);
  const middle = codes[Math.floor(codes.length / 2)];
  const corners = [[0, 0], [0, 1], [1, 0], [1, 1]].map((ends) => {
    const z = Float64Array.from(middle);
    plane.forEach((axis, k) => (z[axis] = box[k][ends[k]]));
    return z;
  });
  const places = [...codes.filter((_, k) => k % 25 === 0), ...corners];
  const images = places.map((z) => [...decoder.decode(z)]);
  return { axes: spec.axes, codes: codes.map((z) => [...z]), places: places.map((z) => [...z]), images };
})"""
CONTRASTS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    const linear = [r, g, b].map((v) => (v <= 10.31 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return [0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2], a];
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [value, alpha] = light(getComputedStyle(at).backgroundColor);
      if (alpha === 255) return value;
    }
    return 1;
  };
  const words = (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim();
  const written = [...document.body.querySelectorAll("*")].filter((element) => [...element.childNodes].some(words));
  return written.map((element) => {
    const [ink] = light(getComputedStyle(element).color), paper = behind(element);
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    return [ratio, `${element.tagName} ${element.className}: ${element.textContent.trim().slice(0, 40)}`];
  });
}"""


def test_every_explorer_decodes_its_own_codes_and_the_corners_of_its_map_as_pytorch_does(finished, browse):
    results = finished.folder / "results"
    config = yaml.safe_load((finished.folder / "config.yaml").read_text())
    pages = {path.stem: path for path in (results / "explorer").glob("*.html")}
    assert pages.keys() == set(config["explorer"])
    for name, path in pages.items():
        assert path.stat().st_size < 3_000_000
        page = browse(path)
        shown = {frozenset(member["axes"].items()): member for member in page.evaluate(MEMBERS)}
        assert len(shown) == page.evaluate("explorer.data.all") > 0
        test = data.split(store.open_arrays(results / f"data/{config['experiments'][name]['data']}.zarr"), "test")
        few = evenly(test.sizes["sample"], 1500)
        for weights in (results / "train" / name).rglob("weights.safetensors"):
            stack = open_stack(weights, VAE)[0]
            job = weights.relative_to(results / "train").parent
            codes = data.split(store.open_arrays(results / "encode" / job / "latents.zarr"), "test")["mean"].values
            for k, axes in enumerate(stack.members):
                member = shown.pop(frozenset(axes.items()))
                np.testing.assert_array_equal(np.float32(member["codes"]), codes[k, few])
                decoded = stack.only(k).decode(np.float32(member["places"])[None]).reshape(len(member["places"]), -1)
                assert np.abs(np.array(member["images"]) - decoded).max() <= 1e-4
        assert not shown
        end = time.monotonic() + 60
        while not page.evaluate("explorer.panels[0].complete"):
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.mark.parametrize("width", [400, 1400])
def test_the_page_is_legible_in_light_and_dark_and_does_not_scroll_sideways(finished, browse, width):
    index, papers = finished.folder / "results/index.html", set()
    for scheme in ("light", "dark"):
        page = browse(index, color_scheme=scheme, viewport={"width": width, "height": 800})
        page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        papers.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert [words for ratio, words in page.evaluate(CONTRASTS) if ratio < 4.5] == []
    assert len(papers) == 2


def test_what_the_page_leads_to_opens(finished, browse):
    index = finished.folder / "results/index.html"
    page = browse(index)
    links = page.evaluate("Array.from(document.links, (link) => link.href)")
    for link in map(urlparse, links):
        assert link.scheme == "file"
        if link.fragment:
            assert link.path == urlparse(index.as_uri()).path
            assert page.locator(f'[id="{unquote(link.fragment)}"]').count() == 1
        else:
            assert Path(unquote(link.path)).stat().st_size > 0
