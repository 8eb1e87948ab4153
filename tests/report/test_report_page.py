"""The page of a study: counts, verdicts, pictures and troubles as they were given."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from curvae import store
from curvae.claims import Claim, account, gather, judge
from curvae.claims.sentences import Sentence
from curvae.report import Figure, Part, caption, costs, jobs_of, page, read_benchmarks, read_tables, troubles
from curvae.report.page import number, preview, strip

CAPTIONS = sorted((Path(__file__).parents[2] / "rules/captions").glob("*.rst"))


def table(**values):
    said = {
        "x": ("rows", ("room.x",)),
        "y": ("rows", ("room.y",)),
        "z": ("see", "x"),
        "n": ("reason", "nobody <knows>"),
    }
    sentences = [Sentence(key, "Somebody 1999", "page 1", f"{key} is so.", **{k: v}) for key, (k, v) in said.items()]
    claims = [judge(Claim(f"room.{k}", "S", "It is.", "size", "px", ">=", 2.0), v) for k, v in values.items()]
    return account(gather(claims), sentences)


def png(width=8, height=4):
    made = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), 120, np.uint8)).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def whole(tmp_path):
    (tmp_path / "train/ball").mkdir(parents=True)
    for path in ("train/ball/a.tsv", "encode.tsv"):
        (tmp_path / path).write_text("s\th:m:s\tmax_rss\tcpu_time\n2.5\t0:00:02\t300\t1.5\n")
    jobs = read_benchmarks(tmp_path)
    figure = Figure("a picture", png(), caption("Of *{{ snakemake.wildcards.experiment }}*.", "ball"), {"png": "a.png"})
    part = Part("ball", "experiment", [figure], "data: {}", jobs_of(jobs, ["train/ball"]), "torch 2", {"film": "f.gif"})
    return lambda claims: page(claims, [part], costs(jobs), troubles({}, {}), {"commit": "abc"})


class Tags(HTMLParser):
    """Open tags must close in order."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "br", "img", "input", "path", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("path", "circle"):
            assert self.open.pop() == tag


def test_the_page_is_whole_and_asks_for_nothing(whole):
    text = whole(table(x=[3.0, 4.0, 5.0], y=[1.0, 1.0]))
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert re.findall(r'(?:src|href)="(?!#|data:image/webp;base64,)([^"]*)"', text) == [
        "f.gif",
        "f.gif",
        "a.png",
        "a.png",
    ]
    assert "<script" not in text
    assert "default-src 'none'" in text
    assert "nobody" not in text.split("<main>")[0]
    assert "Nobody &lt;knows&gt;." in text
    assert "<em>ball</em>" in text


def test_counts_and_order_follow_the_table(whole):
    text = whole(table(x=[3.0, 4.0, 5.0], y=[1.0, 1.0]))
    tiles = re.findall(r'class="tile [^"]*">.*?<b>(\d+)</b>', text)
    assert tiles == ["4", "2", "0", "1", "1"]  # z is answered by x
    assert "2 rows measure them: 1 reproduced, 1 not reproduced." in text
    assert "1 row measures them: 1 reproduced." in whole(table(x=[3.0, 4.0, 5.0]))
    assert "Cost: 1 job, 2.5 s elapsed in all" in text
    assert text.index('id="x"') < text.index('id="y"') < text.index('id="troubles"') < text.index("<img")
    broken = whole(table(x=[0.0, 0.0, 0.0], y=[1.0, 1.0]))
    assert re.findall(r'class="tile [^"]*">.*?<b>(\d+)</b>', broken) == ["4", "0", "0", "3", "1"]


def test_a_study_without_claims_has_a_page(whole):
    text = whole(None)
    assert "What was found" in text
    assert 'class="sentence' not in text


def test_rows_name_their_runs_what_is_repeated_and_seeds_that_are_lost(whole):
    claim = Claim("room.x", "S", "It is.", "size", "px", ">=", 2.0)
    rows = gather([judge(claim, [5.0, 3.0, np.nan], repeats="path") | {"runs": "ball, other"}])
    told = account(rows, [Sentence("x", "Somebody 1999", "page 1", "It is so.", rows=("room.x",))])
    text = whole(told)
    assert '<a href="#experiment-ball">ball</a>, other' in text
    assert 'id="experiment-ball"' in text
    assert '<td data-name="repeated">3 paths, 2 hold</td>' in text
    assert '<td data-name="repeated">2 seeds, 1 holds</td>' in whole(table(x=[1.0, 3.0]))
    assert '<td data-name="repeated">1 seed</td>' in whole(table(x=[3.0]))
    assert "[\u2212\u221e, 5]" in text
    other = [Part("ball", "experiment"), Part("ball", "generation"), Part("ball", "data")]
    text = page(told, other, pd.DataFrame(), troubles({}, {}), {})
    assert '<a href="#experiment-ball">ball</a>, other' in text


@pytest.mark.parametrize(("comparison", "sign"), [(">=", 1), ("<=", -1)])
def test_the_strip_is_right_of_its_line_where_the_claim_holds(comparison, sign):
    row = judge(Claim("a", "S", "It is.", "size", "px", comparison, 2.0), [2.0 + sign, 2.0 + 3 * sign, 2.0 + 2 * sign])
    assert strip(row) == {"value": pytest.approx(2 / 3), "low": pytest.approx(1 / 3), "high": 1.0}
    assert strip(row | {"value": np.nan}) is None
    lost = -sign * np.inf
    assert strip(row | {"value": lost, "low": lost, "high": lost}) == {"value": -1, "low": -1, "high": -1}
    assert strip(row | {"low" if sign > 0 else "high": lost}) == {"value": pytest.approx(2 / 3), "low": -1, "high": 1}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.12345, "0.123"),
        (-2.0, "\u22122"),
        (12345.6, "12,346"),
        (1.2e-7, "1.2e\u221207"),
        (np.nan, ""),
        (None, ""),
        (0, "0"),
        (np.inf, "\u221e"),
        (-np.inf, "\u2212\u221e"),
    ],
)
def test_numbers_have_three_digits(value, said):
    assert number(value) == said


def test_pictures_are_made_smaller_never_larger():
    for width, kept in ((8, 8), (3000, 1000)):
        data = preview(png(width, 4)).removeprefix("data:image/webp;base64,")
        assert Image.open(io.BytesIO(base64.b64decode(data))).width == kept


def test_costs_are_sums_over_jobs(tmp_path):
    for name, seconds in (("train/ball/a", 2.0), ("train/ballad", 3.0), ("check", 1.0)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.tsv").write_text(f"s\tmax_rss\tcpu_time\n{seconds}\t100\t-\n")
    jobs = read_benchmarks(tmp_path)
    assert costs(jobs).loc[["train", "check", "all"], "seconds in all"].tolist() == [5.0, 1.0, 6.0]
    assert costs(jobs).loc["train", "jobs"] == 2
    assert jobs_of(jobs, ["train/ball"])["job"].tolist() == ["train/ball/a"]
    none = jobs_of(read_benchmarks(tmp_path / "train/ball/none"), ["train/ball"])
    assert costs(none).loc["all"].dropna().tolist() == [0, 0, 0]


def test_what_a_job_says_at_its_end_counts_beside_what_was_seen_of_it(tmp_path):
    for name, text in (
        ("benchmarks/train/a.tsv", "s\tmax_rss\tcpu_time\n40.0\t100\t15.0\n"),
        ("benchmarks/train/b.tsv", "s\tmax_rss\tcpu_time\n40.0\t700\t-\n"),
        ("logs/train/a.log", "INFO started\nINFO finished: 38.5 CPU seconds, 600 MB at its peak\n"),
        ("logs/train/b.log", "INFO started\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    jobs = read_benchmarks(tmp_path / "benchmarks")
    assert jobs["max_rss"].tolist() == [600, 700]
    assert jobs["cpu_time"].tolist() == pytest.approx([38.5, np.nan], nan_ok=True)


def test_troubles_are_listed():
    manifests = {"train/gan": {"diverged": [{"member": 1, "epoch": 4}], "collapsed": [{"member": 0, "spread": 0.0123}]}}
    tables = {
        "geodesics": pd.DataFrame({"converged": [True, False, True]}),
        "mixtures": pd.DataFrame({"status": ["converged", "too far"]}),
        "scores": pd.DataFrame({"value": [1.0, np.nan], "converged": [1.0, np.nan]}),
        "fine": pd.DataFrame({"value": [1.0]}),
        "walks": pd.DataFrame({"refused": [0.1, 0.6, 1.0]}),
        "one": pd.DataFrame({"refused": [0.6], "value": [np.nan]}),
    }
    manifests["train/sweep"] = {"collapsed": [{"member": k, "kl": 0.01} for k in range(5)]}
    manifests["train/sweep"]["settings"] = {"members": [{"beta": 4.0, "seed": k} for k in range(5)]}
    assert troubles(manifests, tables).to_numpy().tolist() == [
        ["train/gan", "diverged: member 1, epoch 4"],
        ["train/gan", "collapsed: member 0, spread 0.0123"],
        ["train/sweep", "collapsed: beta 4, seed 0, kl 0.01"],
        ["train/sweep", "collapsed: beta 4, seed 1, kl 0.01"],
        ["train/sweep", "collapsed: beta 4, seed 2, kl 0.01"],
        ["train/sweep", "collapsed: 5 members in all"],
        ["geodesics", "1 of 3 not converged"],
        ["mixtures", "1 of 2: too far"],
        ["one", "1 of 1 walk: most steps refused"],
        ["one", "1 of 1 value is no number"],
        ["scores", "1 of 2 values is no number"],
        ["walks", "2 of 3 walks: most steps refused"],
    ]
    assert troubles({}, {}).empty


def test_a_draw_counts_once_and_a_share_by_its_value():
    draws = [("0 1", k, d, s) for k in (0, 1) for d in ("Riemannian", "Euclidean") for s in ("NMI", "accuracy")]
    groups = pd.DataFrame(draws, columns=["subset", "draw", "distance", "score"]).assign(value=1.0, converged=1.0)
    groups.loc[groups["draw"].eq(0) & groups["distance"].eq("Riemannian"), "converged"] = 0.9
    groups["rest"] = [score == "NMI" and k == 1 if score == "NMI" else None for _, k, _, score in draws]
    share = pd.DataFrame({"statistic": ["pairs", "converged"], "value": [100, 0.97]})
    found = troubles({}, {"distances": share, "fine": share.assign(value=1.0), "groups": groups})
    assert found.to_numpy().tolist() == [
        ["distances", "3 % of the distances not converged"],
        ["groups", "1 of 4 not converged"],
        ["groups", "2 of 4 not at rest"],
    ]


def test_tables_of_figures_and_claims_are_not_asked_for_troubles(tmp_path):
    paths = [str(tmp_path / name) for name in ("scores/a.csv", "figures/scores/a.csv", "claims.csv", "a.zarr")]
    for path in paths[:-1]:
        store.write_table(path, pd.DataFrame({"value": [np.nan]}))
    assert list(read_tables(tmp_path, paths)) == ["scores/a.csv"]


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
def test_captions_are_sound(path):
    if path.stem != "study":
        assert "<p" in caption(path.read_text(), "ball")
