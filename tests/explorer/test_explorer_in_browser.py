"""The page in a real browser: it decodes as PyTorch does, answers mouse, touch and keys, and stays by itself."""

import numpy as np
import pytest
import torch
from small_pages import factors, images, member_of, rollouts_of, stack_of, until

from curvae import explorer
from curvae.geometry import PullbackMetric, geodesics

KINDS = ["relu", "leaky_relu", "elu", "softplus", "tanh", "sigmoid"]
CODES = [[0.3, -1.2], [2.0, 1.5], [-3.0, 0.1]]
POINT = "Array.from(explorer.panels[0].z)"
PIXELS = "Array.from(explorer.panels[0].pixels)"
SHOWN = """(selector) => {
  const canvas = document.querySelector(selector);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  return Array.from(data).filter((_, k) => k % 4 === 0);
}"""


@pytest.fixture(scope="module")
def stacks():
    made = [stack_of(activation=kind, likelihood="bernoulli", side=28) for kind in KINDS]
    return [*made, stack_of(activation="elu", decoder_activation="tanh", likelihood="gaussian", side=28)]


@pytest.fixture(scope="module")
def text(stacks):
    members = [member_of(stack, beta=float(k)) for k, stack in enumerate(stacks)]
    return explorer.page("kinds", "seven decoders", members, factors(), shape=(28, 28), shown=4)


@pytest.fixture(scope="module")
def ball():
    """Members of two and three latents, with rollouts."""
    members = [member_of(stack_of(latent=n, activation="tanh"), latent=n) for n in (2, 3)]
    return explorer.page("ball", "", members, factors(), shape=(8, 8), shown=1, rollouts=rollouts_of(3))


def test_pixels_agree_with_pytorch(visit, stacks, text):
    page = visit(text)
    decode = (
        "([k, codes]) => { const d = new Decoder(explorer.data.members[k]); return codes.map(z => [...d.decode(z)]); }"
    )
    for k, stack in enumerate(stacks):
        ours = np.array(page.evaluate(decode, [k, CODES]))
        assert np.abs(ours - images(stack, CODES)).max() < 1e-4


def test_the_canvas_shows_the_decoded_image_at_the_point(visit, stacks, text):
    page = visit(text, color_scheme="light")
    until(page, "explorer.panels[0].pixels")
    expected = images(stacks[4], [page.evaluate(POINT)])[0]
    assert np.abs(np.array(page.evaluate(SHOWN, ".image")) - 255 * (1 - expected)).max() <= 0.51
    page.click("#theme")
    until(page, "explorer.dirty.size === 0")
    assert np.abs(np.array(page.evaluate(SHOWN, ".image")) - 255 * expected).max() <= 0.51


def test_dragging_and_keys_change_the_picture(visit, text):
    page = visit(text)
    box = page.locator(".map > canvas").bounding_box()
    seen = [page.evaluate(PIXELS)]

    def changed():
        until(page, "explorer.dirty.size === 0")
        assert page.evaluate(PIXELS) != seen[-1]
        seen.append(page.evaluate(PIXELS))

    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    page.mouse.down()
    changed()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.up()
    changed()
    middle = page.evaluate("explorer.panels[0].box.map(([low, high]) => (low + high) / 2)")
    assert page.evaluate(POINT) == pytest.approx(middle, abs=0.02)
    for key, axis, sign in (("ArrowRight", 0, 1), ("Shift+ArrowUp", 1, 1), ("ArrowLeft", 0, -1), ("ArrowDown", 1, -1)):
        before = page.evaluate(POINT)
        page.keyboard.press(key)
        changed()
        move = np.subtract(page.evaluate(POINT), before)
        assert sign * move[axis] > 0
        assert move[1 - axis] == 0


def test_a_finger_moves_the_point(visit, text):
    page = visit(text, has_touch=True, viewport={"width": 390, "height": 844})
    page.locator(".map > canvas").scroll_into_view_if_needed()
    box = page.locator(".map > canvas").bounding_box()
    before = page.evaluate(POINT)
    page.touchscreen.tap(box["x"] + 0.9 * box["width"], box["y"] + 0.9 * box["height"])
    until(page, "explorer.dirty.size === 0")
    assert np.abs(np.subtract(page.evaluate(POINT), before)).min() > 0.1


def test_two_clicks_make_a_path(visit, text):
    page = visit(text)
    page.click(".path")
    box = page.locator(".map > canvas").bounding_box()
    for share in (0.3, 0.6):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + share * box["height"])
    ends = page.evaluate("[Array.from(explorer.panels[0].ends.A), Array.from(explorer.panels[0].ends.B)]")
    width = page.evaluate("explorer.panels[0].box[0][1] - explorer.panels[0].box[0][0]")
    assert np.subtract(ends[1], ends[0]) == pytest.approx([0.3 * width, -0.3 * width], rel=0.02)
    until(page, "explorer.panels[0].complete")
    until(page, "document.querySelectorAll('.film').length === 2")
    assert "geodesic: length" in page.inner_text(".films")


def test_lengths_and_magnification_agree_with_the_library(visit):
    stack = stack_of(activation="tanh", likelihood="bernoulli", gain=4.0)
    member = member_of(stack)
    page = visit(explorer.page("geodesics", "", [member], factors(), shape=(8, 8)))
    metric = PullbackMetric(stack.decoder(0, torch.float64))
    starts, ends = torch.as_tensor(member.codes, dtype=torch.float64)[:12].split(6)
    found = geodesics(metric, starts, ends)
    assert found.converged.all()
    search = """([a, b]) => {
      const { decoder, codes } = opened(explorer.data.members[0]);
      const graph = () => codeGraph(decoder, codes);
      const box = boxAround(codes, [0, 1]);
      return [finish(geodesic(decoder, a, b, graph, box)).length, finish(lengthOf(decoder, lineFrom(a, b, FINE)))];
    }"""
    ours = np.array([page.evaluate(search, pair) for pair in zip(starts.tolist(), ends.tolist(), strict=True)])
    assert ours[:, 0] == pytest.approx(found.length.numpy(), rel=0.01)
    assert ours[:, 1] == pytest.approx(found.straight_length.numpy(), rel=1e-3)
    mapped = "Array.from(finish(magnification(explorer.panels[0].decoder, [0, 0], [0, 1], [[-1, 1], [-2, 2]], 4)))"
    across, up = (torch.tensor([-0.75, -0.25, 0.25, 0.75], dtype=torch.float64) * reach for reach in (1, 2))
    points = torch.cartesian_prod(up, across).flip(-1)
    assert page.evaluate(mapped) == pytest.approx(metric.magnification(points).numpy(), rel=1e-3)


def test_no_geodesic_is_longer_than_the_straight_line(visit):
    member = member_of(stack_of(activation="relu", likelihood="bernoulli", gain=12.0))
    page = visit(explorer.page("rough", "", [member], factors(), shape=(8, 8)))
    search = """(pairs) => pairs.map(([a, b]) => {
      const { decoder, codes } = opened(explorer.data.members[0]);
      const found = finish(geodesic(decoder, a, b, () => codeGraph(decoder, codes), boxAround(codes, [0, 1])));
      return [found.length, finish(lengthOf(decoder, lineFrom(a, b, FINE)))];
    })"""
    found, straight = np.array(page.evaluate(search, member.codes[:16].reshape(8, 2, 2).tolist())).T
    assert (found <= straight).all()
    assert (found < 0.99 * straight).any()


def test_a_latent_that_changes_little_takes_no_geodesic_off_the_map(visit):
    member = member_of(stack_of(activation="tanh", likelihood="bernoulli", gain=4.0))
    member.layers[0][0][1] *= 1e-3
    page = visit(explorer.page("dead", "", [member], factors(), shape=(8, 8)))
    until(page, "explorer.panels[0].complete")
    curve, box = (np.array(page.evaluate(f"explorer.panels[0].{what}")) for what in ("curve.map((z) => [...z])", "box"))
    assert (curve >= box[:, 0]).all()
    assert (curve <= box[:, 1]).all()


def test_members_are_named_by_what_differs(visit):
    members = [member_of(stack_of(), beta=beta, lam=lam, seed=0) for beta in (0.25, 4.0) for lam in (0.0, 0.01)]
    page = visit(explorer.page("sweep", "", members, factors(), shape=(8, 8), shown=2))
    names = ["beta 0.25, lam 0", "beta 0.25, lam 0.01", "beta 4, lam 0", "beta 4, lam 0.01"]
    assert page.locator(".member option").all_inner_texts() == names
    page.click("#compare")
    page.select_option(".member select >> nth=1", label="beta 0.25, lam 0.01")
    assert page.evaluate("explorer.panels.map(({ spec }) => [spec.axes.beta, spec.axes.lam])") == [[4, 0], [0.25, 0.01]]


def test_further_latents_have_sliders(visit, ball):
    page = visit(ball)
    before = page.evaluate(PIXELS)
    page.locator(".sliders input").focus()
    page.keyboard.press("End")
    until(page, "explorer.dirty.size === 0")
    assert page.evaluate(PIXELS) != before
    page.select_option(".axes select >> nth=0", "z3")
    assert page.evaluate("explorer.panels[0].plane[0]") == 2


def test_two_members_side_by_side_follow_one_image(visit, ball):
    page = visit(ball)
    page.click("#compare")
    assert page.evaluate("explorer.panels.map(({ member }) => member)") == [1, 0]
    page.locator(".map > canvas").first.focus()
    page.keyboard.press("Shift+ArrowRight")
    until(page, "explorer.dirty.size === 0")
    same = "([one, two]) => two.codes[one.nearest].every((value, axis) => value === two.z[axis])"
    assert page.evaluate(f"({same})(explorer.panels)")
    page.select_option(".member select >> nth=1", index=1)
    assert page.evaluate("explorer.panels[1].decoder.latents") == 3
    page.click("#compare")
    assert page.locator(".panel").count() == 1


def test_rollouts_play(visit, ball):
    page = visit(ball)
    first = page.evaluate(SHOWN, ".true"), page.evaluate(SHOWN, ".predicted")
    page.keyboard.press("Space")
    until(page, "explorer.player.frame > 2")
    page.keyboard.press("Space")
    until(page, "!explorer.awake")
    assert page.inner_text(".play") == "Play"
    assert page.evaluate(SHOWN, ".true") != first[0]
    assert page.evaluate(SHOWN, ".predicted") != first[1]
    assert page.inner_text("#rollouts output").startswith(f"{page.evaluate('explorer.player.frame') + 1} of 20")


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_no_window_scrolls_sideways(visit, ball, width):
    page = visit(ball, viewport={"width": width, "height": 800}, color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= width
    page.click("#compare")
    assert page.evaluate(wide) <= width


def test_names_from_the_config_stay_text(visit):
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    named = factors(names=(evil, "x"))
    member = member_of(stack_of(), **{evil: 1})
    page = visit(explorer.page(evil, evil, [member, member_of(stack_of(), **{evil: 2})], named, shape=(8, 8)))
    assert page.title() == evil
    assert page.inner_text("h1") == page.inner_text("#about") == evil
    assert page.locator("img").count() == 0
