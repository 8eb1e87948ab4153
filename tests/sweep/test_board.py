"""TensorBoard reads back what was written: every value, every epoch once, however often the run was interrupted."""

import io
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.util import tensor_util

from curvae.models import build
from curvae.objectives import build as build_objective
from curvae.settings.adversarial import GAN, InfoGAN
from curvae.settings.model import VAE, Generator
from curvae.settings.train import Budget
from curvae.sweep import train
from curvae.sweep.board import Board
from curvae.sweep.history import History
from curvae.sweep.streams import Purpose, normals

ROOT = Path(__file__).parents[2]
MEMBERS = [{"beta": beta, "lam": 0.0, "seed": seed} for beta in (0.1, 1.0) for seed in (0, 3)]
NAMES = ["beta=0.1,lam=0,seed=0", "beta=0.1,lam=0,seed=3", "beta=1,lam=0,seed=0", "beta=1,lam=0,seed=3"]
TAGS = {f"{term}/{split}" for term in ("loss", "recon", "kl") for split in ("train", "validation")}


def rows(epoch, members=4, salt=0, frozen=()):
    """One epoch as the training loop makes it."""
    history = History([{"seed": i} for i in range(members)])
    generator = torch.Generator().manual_seed(1000 * salt + epoch)
    for split in ("train", "validation"):
        totals = {name: torch.rand(members, generator=generator) for name in ("loss", "recon", "recon_mean")}
        totals["kl"] = torch.rand(members, 2, generator=generator)
        history.add(epoch, split, totals, 7, torch.tensor([i in frozen for i in range(members)]))
    return history.table()


def read(folder):
    """Scalars of one line: tag -> [(epoch, value)]; the two readers of TensorBoard agree."""
    found = event_accumulator.EventAccumulator(str(folder), size_guidance={event_accumulator.SCALARS: 0}).Reload()
    served = plugin_event_accumulator.EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    scalars = {tag: [(s.step, s.value) for s in found.Scalars(tag)] for tag in found.Tags()["scalars"]}
    for tag, points in scalars.items():
        again = [(t.step, tensor_util.make_ndarray(t.tensor_proto).item()) for t in served.Tensors(tag)]
        assert np.array_equal(points, again, equal_nan=True)
    return scalars


def pictures(folder, tag="draws"):
    """Pictures of one line: epoch -> pixels."""
    found = event_accumulator.EventAccumulator(str(folder), size_guidance={event_accumulator.IMAGES: 0}).Reload()
    return [(i.step, np.asarray(Image.open(io.BytesIO(i.encoded_image_string)))) for i in found.Images(tag)]


def sheet_of(samples, rows, columns):
    """Pictures [sample, height, width] side by side on grey, pixel by pixel."""
    _, height, width = samples.shape
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), 128)
    for i, picture in enumerate(samples):
        row, column = divmod(i, columns)
        for y, x in np.ndindex(height, width):
            shade = 0 if math.isnan(picture[y, x]) else round(255 * min(max(picture[y, x], 0), 1))
            sheet[(height + 1) * row + y, (width + 1) * column + x] = shade
    return sheet


def expected(tables, member):
    whole = pd.concat(tables)
    whole = whole[whole["member"] == member]
    return {
        f"{term}/{split}": [(e, float(np.float32(v))) for e, v in zip(part["epoch"], part[term], strict=True)]
        for split, part in whole.groupby("split")
        for term in ("loss", "recon", "kl")
    }


def test_what_is_read_back_is_what_was_written(tmp_path):
    tables = [rows(epoch) for epoch in (1, 2, 3)]
    with Board(tmp_path, MEMBERS) as board:
        for epoch, table in enumerate(tables, start=1):
            board.epoch(epoch, table)
    for member, name in enumerate(NAMES):
        assert read(tmp_path / name) == expected(tables, member)


def test_splits_may_come_one_by_one_and_in_any_order(tmp_path):
    table = rows(1).sample(frac=1, random_state=0)
    with Board(tmp_path / "once", MEMBERS) as once, Board(tmp_path / "parts", MEMBERS) as parts:
        once.epoch(1, table)
        for _, part in table.groupby("split"):
            parts.epoch(1, part)
    for path in (tmp_path / "once").iterdir():
        assert set(read(path)) == TAGS
        assert read(path) == read(tmp_path / "parts" / path.name)


def test_quantiles_are_over_the_members_that_are_still_trained(tmp_path):
    table = rows(1, members=7, frozen=[2])
    table.loc[table["member"] == 5, ["loss", "recon"]] = math.inf
    with Board(tmp_path, [{"seed": i} for i in range(7)]) as board:
        board.epoch(1, table)
    left = table[~table["member"].isin([2, 5])]
    for split in ("train", "validation"):
        for term in ("loss", "recon", "kl"):
            values = sorted(left.loc[left["split"] == split, term])
            lines = [read(tmp_path / f"quantile={q}")[f"{term}/{split}"] for q in ("0", "0.25", "0.5", "0.75", "1")]
            assert lines == [[(1, float(np.float32(value)))] for value in values]


def test_numbers_that_are_none(tmp_path):
    table = rows(1).sort_values(["split", "member"])
    table["loss"] = [math.nan, math.inf, -math.inf, 1e300] * 2
    with Board(tmp_path, MEMBERS) as board:
        board.epoch(1, table)
    values = [read(tmp_path / name)["loss/train"][0][1] for name in NAMES]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, math.inf]


def test_many_members_make_few_lines(tmp_path):
    members = [{"beta": 0.001 * i, "seed": i} for i in range(10_000)]
    with Board(tmp_path, members) as board:
        board.epoch(1, rows(1, members=10_000))
    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) == 64 + 5
    assert {"beta=0,seed=0", "beta=9.999,seed=9999", "quantile=0.5"} <= names
    assert board.pictured[0] == 0
    assert board.pictured[-1] == 9999
    assert len(board.pictured) == 4


def test_a_single_member_has_no_quantiles(tmp_path):
    with Board(tmp_path, MEMBERS[:1]) as board:
        board.epoch(1, rows(1, members=1))
    assert [path.name for path in tmp_path.iterdir()] == NAMES[:1]


# Writes epochs 1 to 7, and has no chance to close anything.
KILLED = """
import os, signal, sys
sys.path.insert(0, "tests/sweep")
from test_board import MEMBERS, Board, np, rows
board = Board(sys.argv[1], MEMBERS)
for epoch in range(1, 8):
    board.epoch(epoch, rows(epoch))
    board.images(epoch, "draws", np.full((4, 1, 5, 5), epoch / 5))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("torn", [0, 5])
def test_a_killed_run_that_goes_on_has_every_epoch_once(tmp_path, torn):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    for path in tmp_path.glob("*/events.out.tfevents.*"):
        path.write_bytes(path.read_bytes()[: -torn or None])
    tables = [rows(epoch) for epoch in (1, 2, 3)] + [rows(epoch, salt=1) for epoch in range(4, 10)]
    for first, last in ((4, 5), (6, 9)):
        with Board(tmp_path, MEMBERS) as board:
            for epoch in range(first, last + 1):
                board.epoch(epoch, tables[epoch - 1])
                board.images(epoch, "draws", np.ones((4, 1, 5, 5)))
    for member, name in enumerate(NAMES):
        assert read(tmp_path / name) == expected(tables, member)
        shades = [(epoch, sheet[0, 0]) for epoch, sheet in pictures(tmp_path / name)]
        assert shades == [(1, 51), (2, 102), (3, 153)] + [(epoch, 255) for epoch in range(4, 10)]


def test_what_is_written_can_be_read_before_the_board_is_closed(tmp_path):
    board = Board(tmp_path, MEMBERS)
    for epoch in (1, 2):
        board.epoch(epoch, rows(epoch))
        assert read(tmp_path / NAMES[0]) == expected([rows(e) for e in range(1, epoch + 1)], 0)
    board.close()
    board.close()


def test_a_run_that_starts_over_leaves_nothing_of_the_one_before(tmp_path):
    (tmp_path / "notes.txt").write_text("kept")
    with Board(tmp_path, [{"old": i} for i in range(4)]) as board:
        for epoch in (1, 2, 3):
            board.epoch(epoch, rows(epoch))
    with Board(tmp_path, MEMBERS) as board:
        board.epoch(1, rows(1, salt=1))
    lines = {path.parent.name for path in tmp_path.glob("*/events*")}
    assert lines == {*NAMES, *(f"quantile={q}" for q in ("0", "0.25", "0.5", "0.75", "1"))}
    assert read(tmp_path / NAMES[3]) == expected([rows(1, salt=1)], 3)
    assert (tmp_path / "notes.txt").read_text() == "kept"


def test_without_a_folder_nothing_is_written_or_imported():
    code = """if True:
        import sys, numpy as np
        from curvae.sweep.board import Board
        with Board(None, [{"beta": 1.0}]) as board:
            board.epoch(1, None)
            board.images(1, "draws", np.zeros((1, 2, 8, 8)))
            assert board.pictured == []
        assert not any(name.split(".")[0] in ("tensorboard", "google", "PIL") for name in sys.modules)
    """
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_pictures_are_sheets_of_the_samples(tmp_path):
    samples = np.random.default_rng(0).uniform(-0.2, 1.2, (4, 5, 6, 4))
    samples[0, 0, 0, 0] = math.nan
    with Board(tmp_path, MEMBERS) as board:
        assert board.pictured == [0, 1, 2, 3]
        board.images(2, "draws", samples)
    for name, decoded in zip(NAMES, samples, strict=True):
        ((epoch, sheet),) = pictures(tmp_path / name)
        assert epoch == 2
        assert np.array_equal(sheet, sheet_of(decoded, 2, 3))


@pytest.mark.parametrize("kind", ["vae", "gan", "infogan"])
def test_every_epoch_shows_reconstructions_and_the_same_draws_of_the_prior(tmp_path, kind):
    """Of a flow as prior, of normal numbers, and of uniform codes; a generator that does not encode has draws alone."""
    if kind == "vae":
        prior = {"kind": "realnvp", "layers": 2, "units": 4}
        model = build(VAE(kind="vae", hidden=(6,), latent=3, activation="tanh", prior=prior), (5, 4))
    else:
        model = build(Generator(kind="generator", hidden=(6,), latent=3, codes=2 * (kind == "infogan")), (5, 4))
    chosen = {"gan": GAN(kind="gan"), "infogan": InfoGAN(kind="infogan")}.get(kind)
    x = torch.rand(60, 20, generator=torch.Generator().manual_seed(0))
    data = {"train": x[:40], "validation": x[40:]}
    trained = train(
        *(model, data, MEMBERS, Budget(epochs=2, batch=10, lr=0.01)),
        objective=chosen and build_objective(chosen, model.judged, 40),
        board=tmp_path,
    )
    noise = torch.stack([normals([m["seed"]], Purpose.EVALUATION, 0, (8, 3), dtype=torch.float32)[0] for m in MEMBERS])
    expected = {"draws": model.prior(trained.weights, noise)}
    if kind != "gan":
        expected["reconstructions"], _ = model.encode(trained.weights, data["validation"][:8].expand(4, 8, 20))
    for member, name in enumerate(NAMES):
        read_back = event_accumulator.EventAccumulator(str(tmp_path / name)).Reload()
        assert set(read_back.Tags()["images"]) == set(expected)
        for tag, z in expected.items():
            (first, before), (last, after) = pictures(tmp_path / name, tag)
            assert (first, last) == (1, 2)
            assert not np.array_equal(before, after)
            decoded = model.decode(trained.weights, z)[member].view(8, 5, 4).numpy()
            assert np.abs(after - sheet_of(decoded, 3, 3)).max() <= 1  # a level of grey, where rounding is on edge


@pytest.mark.parametrize("shape", [(2,), (10, 2), (9, 4), (3, 3), (3, 8, 8)])
def test_what_is_no_picture_is_passed_over(tmp_path, shape):
    with Board(tmp_path, MEMBERS) as board:
        board.images(1, "draws", np.zeros((4, 3, *shape)))
    assert list(tmp_path.iterdir()) == []


def test_fewer_members_with_pictures(tmp_path):
    assert Board(tmp_path, MEMBERS, image_members=2).pictured == [0, 3]
    assert Board(tmp_path, MEMBERS, image_members=0).pictured == []


def test_names_are_folders_and_differ(tmp_path):
    members = [{"hidden": "a/../b", "beta": 1.0}, {"hidden": "a", "beta": 2.0}, {"hidden": "a", "beta": 2.0}]
    with Board(tmp_path, members) as board:
        board.epoch(1, rows(1, members=3))
    names = {path.name for path in tmp_path.iterdir() if "quantile" not in path.name}
    assert names == {"hidden=a_.._b,beta=1", "hidden=a,beta=2,member=1", "hidden=a,beta=2,member=2"}


def test_wrong_input_is_said(tmp_path):
    with pytest.raises(ValueError, match="image_members = -1: allowed: 0 or more"):
        Board(tmp_path, MEMBERS, image_members=-1)
    board = Board(tmp_path, MEMBERS)
    with pytest.raises(ValueError, match="rows = 3 of split train: allowed: one a member, 4"):
        board.epoch(1, rows(1, members=3))
    with pytest.raises(ValueError, match="decoded = 2 members: allowed: 4, those of pictured"):
        board.images(1, "draws", np.zeros((2, 3, 8, 8)))
    assert list(tmp_path.iterdir()) == []
