"""The page in a real browser: it decodes as PyTorch does, answers mouse, touch and keys, and stays by itself."""

import re

import matplotlib
import numpy as np
import pytest
import torch
from small_pages import SAMPLES, factors, images, member_of, rollouts_of, stack_of, until

from curvae import explorer
from curvae.figures.style import colours
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
def balls():
    return [stack_of(latent=n, activation="tanh") for n in (2, 3)]


@pytest.fixture(scope="module")
def ball(balls):
    """Members of two and three latents, with rollouts."""
    members = [member_of(stack, latent=n) for n, stack in zip((2, 3), balls, strict=True)]
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


class Finger:
    """One finger on a page."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)

    def put(self, kind, *places):
        points = [{"x": x, "y": y} for x, y in places]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def draw(self, *places):
        """From the first place over the others, and up."""
        self.put("touchStart", places[0])
        for place in places[1:]:
            self.put("touchMove", place)
        self.put("touchEnd")


def within(box, across, down):
    """A place in a box of the window, by shares of its sides."""
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def under(page, across, down):
    """The latents at a place of the map."""
    (left, right), (low, high) = page.evaluate("explorer.panels[0].box")
    return pytest.approx([left + across * (right - left), high - down * (high - low)], abs=0.02 * (right - left))


PHONE = {"has_touch": True, "viewport": {"width": 390, "height": 844}}


def test_a_finger_moves_the_point_and_not_the_page(visit, text):
    page = visit(text, **PHONE)
    page.locator(".map > canvas").scroll_into_view_if_needed()
    box, scrolled = page.locator(".map > canvas").bounding_box(), page.evaluate("window.scrollY")
    page.touchscreen.tap(*within(box, 0.9, 0.9))
    assert page.evaluate(POINT) == under(page, 0.9, 0.9)
    before = page.evaluate(PIXELS)
    Finger(page).draw(*[within(box, share, share) for share in (0.9, 0.7, 0.5, 0.3)])
    until(page, "explorer.dirty.size === 0")
    assert page.evaluate(POINT) == under(page, 0.3, 0.3)
    assert page.evaluate(PIXELS) != before
    assert page.evaluate("window.scrollY") == scrolled


def test_a_finger_moves_sliders_and_compares(visit, ball):
    page = visit(ball, **PHONE)
    slider = page.locator(".sliders input")
    slider.scroll_into_view_if_needed()
    box, before = slider.bounding_box(), float(slider.input_value())
    Finger(page).draw(*[within(box, share, 0.5) for share in (0.5, 0.6, 0.8, 0.98)])
    until(page, "explorer.dirty.size === 0")
    axis = int(slider.get_attribute("data-axis"))
    assert page.evaluate(POINT)[axis] == float(slider.input_value()) > before
    page.tap("#compare")
    assert page.locator(".panel").count() == 2


def test_codes_take_the_colours_of_the_chosen_factor(visit, text):
    page = visit(text)
    assert page.evaluate("explorer.colours") == [colours(3)[k % 3] for k in range(SAMPLES)]
    page.select_option("#colour select", "x [px]")
    until(page, "explorer.dirty.size === 0")
    ramp = matplotlib.colormaps["viridis"](np.linspace(0, 1, 64))
    expected = [matplotlib.colors.to_hex(ramp[round(63 * share)]) for share in np.linspace(0, 1, SAMPLES)]
    assert page.evaluate("explorer.colours") == expected
    codes = np.array(page.evaluate("explorer.panels[0].codes.map((z) => [...z])"))
    apart = np.linalg.norm(codes[:, None] - codes, axis=-1) + 1e9 * np.eye(SAMPLES)
    alone = int(apart.min(1).argmax())
    seen = """(k) => {
      const { view, codes } = explorer.panels[0];
      const [x, y] = view.pixel(codes[k]).map((place) => Math.floor(place * devicePixelRatio));
      const { data } = view.drawn.canvas.getContext("2d").getImageData(x, y, 1, 1);
      return "#" + Array.from(data.slice(0, 3), (value) => value.toString(16).padStart(2, "0")).join("");
    }"""
    assert page.evaluate(seen, alone) == expected[alone]
    assert page.inner_text(".legend").startswith("dots: x")
    value = np.linspace(0, 1, SAMPLES)[page.evaluate("explorer.panels[0].nearest")]
    assert page.inner_text(".where").endswith(f"nearest code: x {value:.1f} px")


def test_two_keys_put_the_ends_of_the_path(visit, text):
    page = visit(text)
    page.locator(".map > canvas").focus()
    for key, end in (("a", "A"), ("B", "B")):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press(key)
        assert page.evaluate(f"Array.from(explorer.panels[0].ends.{end})") == page.evaluate(POINT)
    until(page, "explorer.panels[0].complete")
    curve = np.array(page.evaluate("explorer.panels[0].curve.map((z) => [...z])"))
    assert curve[[0, -1]].tolist() == page.evaluate('["A", "B"].map((end) => [...explorer.panels[0].ends[end]])')


def test_two_clicks_make_a_path_and_films_of_it(visit, stacks, text):
    page = visit(text)
    page.click(".path")
    box = page.locator(".map > canvas").bounding_box()
    for share in (0.3, 0.6):
        page.mouse.click(*within(box, share, share))
    ends = np.array(page.evaluate("[Array.from(explorer.panels[0].ends.A), Array.from(explorer.panels[0].ends.B)]"))
    width = page.evaluate("explorer.panels[0].box[0][1] - explorer.panels[0].box[0][0]")
    assert ends[1] - ends[0] == pytest.approx([0.3 * width, -0.3 * width], rel=0.02)
    until(page, "explorer.panels[0].complete && explorer.panels[0].filmed")
    line = ends[0] + np.linspace(0, 1, 11)[:, None] * (ends[1] - ends[0])
    curve = page.evaluate("Array.from({ length: 11 }, (_, k) => [...pointOf(explorer.panels[0].curve, k / 10)])")
    for name, codes in (("geodesic", curve), ("straight", line)):
        film = np.array(page.evaluate(SHOWN, f"canvas[data-path={name}]")).reshape(28, -1)
        shown = np.stack([film[:, 29 * k : 29 * k + 28] for k in range(11)]).reshape(11, -1)
        assert np.abs(shown - 255 * (1 - images(stacks[4], codes))).max() <= 0.51
    decoder = stacks[4].decoder(0, torch.float64)
    steps = torch.linspace(0, 1, 4001, dtype=torch.float64)[:, None]
    path = decoder(torch.lerp(*torch.as_tensor(ends)[:, None], steps)).reshape(4001, -1)
    lengths = dict(re.findall(r"(geodesic|straight line): length ([\d.]+)", page.inner_text(".films")))
    assert float(lengths["straight line"]) == pytest.approx(path.diff(dim=0).norm(dim=1).sum().item(), rel=6e-3)
    assert float(lengths["geodesic"]) <= float(lengths["straight line"])


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
      const straight = finish(straightLine(decoder, a, b));
      return [finish(geodesic(decoder, straight, graph, boxAround(codes, [0, 1]))).length, straight.length];
    }"""
    ours = np.array([page.evaluate(search, pair) for pair in zip(starts.tolist(), ends.tolist(), strict=True)])
    saves = found.length <= 0.98 * found.straight_length
    assert saves.any()
    expected = torch.where(saves, found.length, found.straight_length)
    assert ours[:, 0] == pytest.approx(expected.numpy(), rel=0.01)
    assert ours[:, 1] == pytest.approx(found.straight_length.numpy(), rel=1e-3)
    mapped = "Array.from(finish(magnification(explorer.panels[0].decoder, [0, 0], [0, 1], [[-1, 1], [-2, 2]], 4)))"
    across, up = (torch.tensor([-0.75, -0.25, 0.25, 0.75], dtype=torch.float64) * reach for reach in (1, 2))
    points = torch.cartesian_prod(up, across).flip(-1)
    assert page.evaluate(mapped) == pytest.approx(metric.magnification(points).numpy(), rel=1e-3)


def test_a_geodesic_that_saves_little_is_the_straight_line(visit):
    members = [
        member_of(stack_of(activation="relu", likelihood="bernoulli", gain=gain), gain=gain) for gain in (1.0, 12.0)
    ]
    page = visit(explorer.page("rough", "", members, factors(), shape=(8, 8)))
    search = """(k) => {
      const { decoder, codes } = opened(explorer.data.members[k]);
      return Array.from({ length: 8 }, (_, j) => {
        const straight = finish(straightLine(decoder, codes[2 * j], codes[2 * j + 1]));
        const found = finish(geodesic(decoder, straight, () => codeGraph(decoder, codes), boxAround(codes, [0, 1])));
        return [found === straight, found.length, straight.length];
      });
    }"""
    found = np.concatenate([page.evaluate(search, k) for k in range(2)])
    same = found[:, 0] == 1
    assert same.any()
    assert (found[same, 1] == found[same, 2]).all()
    assert not same.all()
    assert (found[~same, 1] <= 0.98 * found[~same, 2]).all()


def test_along_a_latent_that_changes_nothing_no_geodesic_leaves_the_codes(visit):
    member = member_of(stack_of(activation="tanh", likelihood="bernoulli", gain=4.0))
    member.layers[0][0][1] *= 1e-3
    page = visit(explorer.page("dead", "", [member], factors(), shape=(8, 8)))
    until(page, "explorer.panels[0].complete")
    curve, box = (np.array(page.evaluate(f"explorer.panels[0].{what}")) for what in ("curve.map((z) => [...z])", "box"))
    assert (curve[1:-1] > box[:, 0]).all()
    assert (curve[1:-1] < box[:, 1]).all()
    until(page, "explorer.panels[0].filmed")
    same = page.evaluate("explorer.panels[0].found === explorer.panels[0].straight")
    assert ("straight: no curve here is 2 % shorter" in page.inner_text(".films")) == same


def test_members_are_named_by_what_differs(visit):
    members = [member_of(stack_of(), beta=beta, lam=lam, seed=0) for beta in (0.25, 4.0) for lam in (0.0, 0.01)]
    page = visit(explorer.page("sweep", "", members, factors(), shape=(8, 8), shown=2))
    assert not page.is_visible("#rollouts, #plays")
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
    assert page.is_visible("#plays")
    first = page.evaluate(SHOWN, ".true"), page.evaluate(SHOWN, ".predicted")
    page.keyboard.press("Space")
    until(page, "explorer.player.frame > 2")
    page.keyboard.press("Space")
    until(page, "!explorer.awake")
    assert page.inner_text(".play") == "Play"
    assert page.evaluate(SHOWN, ".true") != first[0]
    assert page.evaluate(SHOWN, ".predicted") != first[1]
    assert page.inner_text("#rollouts output").startswith(f"{page.evaluate('explorer.player.frame') + 1} of 20")


def test_rollouts_show_the_true_film_and_what_the_predicted_codes_decode_to(visit, balls, ball):
    page, rollouts = visit(ball), rollouts_of(3)
    page.select_option("#rollouts .name", "last frame")
    page.select_option("#rollouts .trajectory", "2")
    for frame in (0, 7, 19):
        page.fill("#rollouts .frame", str(frame))
        until(page, "explorer.dirty.size === 0")
        assert page.evaluate(SHOWN, ".true") == (255 - rollouts.films[1, frame]).ravel().tolist()
        predicted = 255 * (1 - images(balls[1], rollouts.latents[1, 1, [frame]])[0])
        assert np.abs(np.array(page.evaluate(SHOWN, ".predicted")) - predicted).max() <= 0.51
        error = rollouts.errors[1, 1, frame]
        said = "no ball seen" if np.isnan(error) else f"off by {error:.1f} px"
        assert page.inner_text("#rollouts output") == f"{frame + 1} of 20 frames ahead: {said}"


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
