"""The quick study end to end: everything is made, once, and a change reruns what depends on it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
import xarray as xr
import yaml

from curvae.settings.check import read_study
from curvae.store import sha256

AFTER_SQUARE2 = {
    "summarising square2",
    "scoring the codes of square2",
    "splitting the KL divergence of square2",
    "measuring the codes of square2 without factors",
    "drawing the regularisation of square2",
    "drawing the score curves of square2",
    "measuring square2",
    "checking the claims",
    "recording the run",
    "writing the page",
}

TIMED = (".snakemake_timestamp", "manifest.json", ".manifest.json.sha256")  # hold times
LAST = {"checking the claims", "recording the run", "writing the page"}


def test_a_second_run_does_nothing(finished):
    assert finished.planned() == set()
    assert "Nothing to be done" in finished.run("--dry-run").stdout


def test_every_job_has_log_and_benchmark(finished):
    jobs = len(re.findall(r"^Job \d+: ", finished.said, flags=re.MULTILINE))
    for kind, ending in (("logs", "log"), ("benchmarks", "tsv")):
        files = list((finished.folder / "results" / kind).rglob(f"*.{ending}"))
        assert len(files) == jobs
        assert all(path.stat().st_size > 0 for path in files)


def test_every_figure_has_bitmap_vectors_and_numbers(finished):
    config = yaml.safe_load((finished.folder / "config.yaml").read_text())
    for kind, names in config["figures"].items():
        for name in names:
            place = finished.folder / "results/figures" / kind
            assert (place / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
            assert (place / f"{name}.pdf").read_bytes()[:4] == b"%PDF"
            assert len(pd.read_csv(place / f"{name}.csv")) > 1


def test_costs_are_told_from_the_benchmark_files(finished):
    study = read_study(yaml.safe_load((finished.folder / "config.yaml").read_text()))
    script = Path(__file__).parents[2] / "benchmarks/costs.py"
    command = [sys.executable, str(script), str(finished.folder / "results")]
    house = {**os.environ, "PYTHONPATH": str(script.parents[1])}
    lines = subprocess.run(command, capture_output=True, text=True, check=True, env=house).stdout.splitlines()
    jobs = {line.split(" | ")[0].removeprefix("| "): int(line.split(" | ")[1]) for line in lines[2:]}
    assert jobs["train"] == sum(len(experiment.jobs()) for experiment in study.experiments.values())
    assert jobs.pop("all") == sum(jobs.values())
    asked = subprocess.run([*command, "--requests"], capture_output=True, text=True, check=True, env=house).stdout
    said = re.findall(r"^- (.*): ([\d.]+) of its memory", asked, re.M)  # seconds depend on the machine
    assert f"of {sum(jobs.values())} jobs asked for 1 to 3 times the memory that they used." in asked
    assert [(job, share) for job, share in said if not 1 <= float(share) <= 3] == []


def test_codes_open_with_xarray_and_are_named(finished):
    codes = xr.open_zarr(finished.folder / "results/encode/digits/stack~all/latents.zarr")
    assert codes["mean"].dims == ("member", "sample", "latent")
    assert codes["seed"].values.tolist() == [0, 1]
    data = xr.open_zarr(finished.folder / "results/data/digits.zarr")
    assert data.sizes["sample"] == codes.sizes["sample"]


def test_the_front_pages_python_runs_beside_the_results(finished, monkeypatch):
    monkeypatch.chdir(finished.folder)
    text = (Path(__file__).parents[2] / "README.md").read_text()
    names = {"__name__": "readme"}
    exec("\n".join(re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)), names)
    assert {"beta", "lam", "seed"} <= set(names["codes"].coords)
    assert names["codes"]["mean"].isel(member=0).dims == ("sample", "latent")


def test_the_manifest_says_how_the_weights_came_about(finished):
    manifest = json.loads((finished.folder / "results/train/digits/stack~all/manifest.json").read_text())
    assert manifest["settings"]["model"]["hidden"] == [50, 50]
    assert [member["seed"] for member in manifest["settings"]["members"]] == [0, 1]
    assert manifest["seconds"] > 0
    assert {"torch", "numpy", "python", "device", "curvae"} <= manifest["environment"].keys()
    assert manifest["diverged"] == []


def test_scores_have_a_row_a_member_and_metric(finished):
    table = pd.read_csv(finished.folder / "results/scores/square2.csv")
    assert len(table) == 4 * 3 * 2 * 2
    assert table[["value", "floor", "ceiling"]].notna().all(axis=None)


def test_a_lam_value_reruns_its_own_job_and_what_reads_it(edited):
    edited.edit("config.yaml", "lam: [0, 1.0e-3, 3.0e-3]", "lam: [0, 1.0e-3, 4.0e-3]")
    of_square1 = {
        message.replace("square2", "square1")
        for message in AFTER_SQUARE2
        if not any(word in message for word in ("scor", "codes", "splitting"))
    }
    new = {f"{verb} {name} (lam~0.004)" for verb in ("training", "encoding with") for name in ("square1", "square2")}
    assert edited.planned() == AFTER_SQUARE2 | of_square1 | new


def test_a_figures_script_reruns_that_figure(edited):
    edited.edit("workflow_scripts/figure_latent_grid.py", "SIDE, REACH = 15, 2.0", "SIDE, REACH = 11, 2.0")
    assert edited.planned() == {f"drawing the latent grid of {name}" for name in ("digits", "digits_conv")} | {
        *("recording the run", "writing the page"),
    }


def test_a_module_reruns_the_stages_that_import_it(edited):
    edited.edit("curvae/geometry/geodesic.py", "TABLE_FROM = 32", "TABLE_FROM = 33")
    stages = ("tabulating the metric of", "finding the geodesics", "measuring the distances of")
    stages += ("telling apart the groups of", "fitting the mixtures of", "walking randomly over")
    stages += tuple(f"drawing the {what} of" for what in ("geodesics", "random walks", "clusters", "mixtures"))
    after = {f"{stage} {name}" for stage in stages for name in ("digits", "ball")} | LAST
    of_directions = ("finding the likely directions of", "drawing the likely directions of")
    after |= {f"{stage} {name}" for stage in of_directions for name in ("ball", "digits_smooth")}
    after |= {"drawing the level sets of digits_smooth"}
    assert edited.planned() == after


def test_a_part_of_a_geometry_reruns_alone(edited):
    edited.edit("config.yaml", "steps: 50}", "steps: 51}")
    stages = ("walking randomly over", "drawing the random walks of")
    after = {f"{stage} {name}" for stage in stages for name in ("digits", "ball")}
    assert edited.planned() == after | LAST


def test_a_rules_parameter_reruns_that_rule_and_what_reads_it(edited):
    edited.edit("config.yaml", "horizon: 40", "horizon: 39")
    predictors = ("elman", "gru", "mdn", "last_frame", "constant_velocity", "ceiling")
    after = {f"rolling out ball ({name})" for name in predictors}
    after |= {f"fitting and rolling out ball ({name})" for name in ("ridge", "koopman", "reservoir", "billiard")}
    after |= {f"drawing the {figure} of ball" for figure in ("future", "position errors", "phase portraits")}
    after |= {"filming the rollouts of ball"}
    after |= {"scoring the rollouts of ball"} | LAST
    after |= {"making the explorer of ball"}
    assert edited.planned() == after


def test_comments_docstrings_and_dates_rerun_nothing(edited):
    for folder in ("curvae", "workflow_scripts"):
        for path in (edited.folder / folder).rglob("*.py"):
            path.write_text(path.read_text().replace('"""', '"""Indeed: ', 1) + "\n# a remark at the end\n")
    assert edited.planned() == set()


def test_the_same_seeds_give_the_same_bytes(finished, house):
    done = house.run(
        "--resources",
        "gpu=1",
        "--",
        "results/data/ball.zarr",
        "results/data/digits.zarr",
        "results/train/square1/lam~0.0/weights.safetensors",
        "results/encode/square1/lam~0.0/latents.zarr",
    )
    assert done.returncode == 0, done.stdout
    assert torch.cuda.is_available() or "no CUDA device is here: running on the CPU" in done.stdout
    for kind in ("data", "train", "encode"):
        made = [path for path in (house.folder / "results" / kind).rglob("*") if path.is_file()]
        same = [path for path in made if path.name not in TIMED]
        assert len(same) > 3 or kind == "train"
        for path in same:
            assert path.read_bytes() == (finished.folder / path.relative_to(house.folder)).read_bytes(), path


def test_the_page_opens_with_the_claims_and_leads_to_every_file(finished):
    results = finished.folder / "results"
    page, claims = (results / "index.html").read_text(), pd.read_csv(results / "claims.csv")
    assert "undeclared" not in set(claims["document"])
    places = [page.index(f'id="{key}"') for key in claims["assertion"].unique()]
    assert places == sorted(places)
    assert places[-1] < page.index('id="troubles"') < page.index("<img")
    assert claims["claim"].is_unique
    config = yaml.safe_load((finished.folder / "config.yaml").read_text())
    figures = [(kind, name) for kind, names in config["figures"].items() for name in names]
    assert page.count("<img") == len(figures)
    links = set(re.findall(r'href="([^"#][^"]*)"', page))
    assert {f"figures/{kind}/{name}.{end}" for kind, name in figures for end in ("png", "pdf", "csv")} <= links
    assert all((results / link).is_file() for link in links)
    anchors = set(re.findall(r'href="#([^"]*)"', page))
    assert anchors <= set(re.findall(r'id="([^"]*)"', page))
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_the_report_is_written_without_a_network(finished):
    done = finished.run("--report", "results/report.html")
    assert done.returncode == 0, done.stdout
    report = (finished.folder / "results/report.html").read_text()
    config = yaml.safe_load((finished.folder / "config.yaml").read_text())
    for kind, names in config["figures"].items():
        assert all(f"results/figures/{kind}/{name}.png" in report for name in names)
    assert "results/claims.csv" in report


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "lam: [0, 1.0e-3,",
            "lambda: [0, 1.0e-3,",
            "config.yaml: experiments.square2.grid.lambda = [0, 0.001, 0.003]: unknown key; did you mean 'lam'?",
        ),
        (
            "beta: [1.0e-3,",
            "beta: [-1.0e-3,",
            "config.yaml: experiments.square2.grid.beta[0] = -0.001: Input should be greater than",
        ),
    ],
)
def test_a_bad_config_ends_before_any_work(house, old, new, line):
    house.edit("config.yaml", old, new)
    done = house.run()
    assert done.returncode != 0
    assert line in done.stdout
    assert "Traceback" not in done.stdout
    assert not (house.folder / "results").exists()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "config = None: allowed: keys with values"),
        (b"- data\n- experiments\n", "config = ['data', 'experiments']: allowed: keys with values"),
        (b"data: {a: {kind: uniform}\nexperiments: {}\n", "line 2 = 'experiments: {}': "),
        (b"data:\n  a: {kind: uniform}\n  a: {kind: ring}\n", "data.a = '...': in line 3, and in line 2 before"),
        ("data: {é: {}}".encode("latin-1"), "byte 7 = b'\\xe9': allowed: UTF-8"),
        (
            b"data: !!python/object/apply:os.mkdir [pwned]\n",
            "line 1 = 'data: !!python/object/apply:os.mkdir [pwned]': ",
        ),
        (b"__use_yte__: true\n?__import__('os').mkdir('pwned'): {data: {}}\n", "__use_yte__ = True: allowed: values"),
        (b"data: {$(mkdir pwned): {kind: uniform}}\nexperiments: {}\n", "data.$(mkdir pwned)"),
    ],
    ids=["empty", "list", "broken", "twice", "latin", "tag", "template", "shell"],
)
def test_a_file_that_is_no_config_ends_before_any_work(house, content, line):
    (house.folder / "config.yaml").write_bytes(content)
    (house.folder / "results").mkdir()
    (house.folder / "results/claims.csv").write_text("kept")
    done = house.run()
    assert done.returncode != 0
    (said,) = (said for said in done.stdout.splitlines() if said.startswith("config.yaml: "))
    assert said.startswith(f"config.yaml: {line}")
    assert "Traceback" not in done.stdout
    assert [path.read_text() for path in (house.folder / "results").iterdir()] == ["kept"]
    assert not (house.folder / "pwned").exists()


def test_a_config_named_on_the_command_line_is_looked_at_as_well(house):
    named = house.folder / "mine.yaml"
    named.write_text("tensorboard: true\ntensorboard: false\n")
    done = house.run("--configfile", str(named))
    assert done.returncode != 0
    assert f"{named}: tensorboard = 'false': in line 2, and in line 1 before; allowed: every key once" in done.stdout
    assert "Traceback" not in done.stdout
    assert not (house.folder / "results").exists()


def test_a_failing_job_says_why_on_the_terminal_and_in_its_log(house, tmp_path):
    import numpy as np

    np.savez(tmp_path / "mine.npz", images=np.tile([[-1.0, 2.0]], (300, 1)))
    config = {
        "data": {"mine": {"kind": "own", "path": str(tmp_path / "mine.npz")}},
        "experiments": {"mine": {"data": "mine", "model": {"kind": "vae", "hidden": [4]}}},
    }
    (house.folder / "config.yaml").write_text(yaml.safe_dump(config))
    done = house.run("results/train/mine/stack~all/history.parquet")
    assert done.returncode != 0
    line = "experiments.mine.model.likelihood = 'bernoulli': the data reach from -1 to 2; allowed: numbers in [0, 1]"
    assert f"ERROR: {line}; likelihood gaussian takes any\n" in done.stdout
    assert line in (house.folder / "results/logs/train/mine/stack~all.log").read_text()
    assert "Traceback" not in done.stdout
    assert not (house.folder / "results/train/mine").exists()


def test_numbers_that_are_not_finite_are_refused_before_what_was_made_is_removed(house, tmp_path):
    import numpy as np

    images = np.full((300, 2), 0.5)
    config = {
        "data": {"mine": {"kind": "own", "path": str(tmp_path / "mine.npz")}},
        "experiments": {"mine": {"data": "mine", "model": {"kind": "vae"}}},
    }
    (house.folder / "config.yaml").write_text(yaml.safe_dump(config))
    np.savez(tmp_path / "mine.npz", images=images)
    assert house.run("results/data/mine.zarr").returncode == 0
    kept = sha256(house.folder / "results/data/mine.zarr")
    images[3, 1] = np.nan
    np.savez(tmp_path / "mine.npz", images=images)
    done = house.run("results/data/mine.zarr")
    assert done.returncode != 0
    line = f"data.mine.images = 'images': nan at index (3, 1) in '{tmp_path}/mine.npz'; allowed: finite numbers"
    assert line in done.stdout
    assert sha256(house.folder / "results/data/mine.zarr") == kept


def test_own_arrays_go_the_whole_way(house, tmp_path):
    import numpy as np

    images = np.random.default_rng(0).random((300, 6, 5)).astype(np.float32)
    hostile = "`touch pwned`; $(touch pwned) && touch 'pwned' {wildcards} \n .npz"  # nothing of it reaches a shell
    np.savez(tmp_path / hostile, images=images, f=images[:, 0])
    own = {"path": str(tmp_path / hostile), "factors": "f", "factor_names": ["$(touch pwned)", "|", "a", "b", "c"]}
    config = {
        "data": {"mine": {"kind": "own", **own}},
        "experiments": {
            "mine": {"data": "mine", "model": {"kind": "vae", "hidden": [8]}, "train": {"epochs": 2, "batch": 50}}
        },
        "figures": {"reconstructions": ["mine"], "latent_grid": ["mine"], "loss_curves": ["mine"]},
    }
    (house.folder / "config.yaml").write_text(yaml.safe_dump(config))
    done = house.run()
    assert done.returncode == 0, done.stdout[-3000:]
    codes = xr.open_zarr(house.folder / "results/encode/mine/stack~all/latents.zarr")
    assert codes["mean"].shape == (1, 300, 2)
    assert not list(tmp_path.rglob("pwned"))


def test_other_arrays_in_the_same_file_are_noticed_and_its_date_is_not(house, tmp_path):
    import numpy as np

    file = tmp_path / "mine.npz"
    np.savez(file, images=np.zeros((300, 6, 5)))
    config = {
        "data": {"mine": {"kind": "own", "path": str(file)}},
        "experiments": {"mine": {"data": "mine", "model": {"kind": "vae"}}},
    }
    (house.folder / "config.yaml").write_text(yaml.safe_dump(config))
    data, date = "results/data/mine.zarr", file.stat().st_mtime_ns
    assert house.run(data).returncode == 0
    file.touch()
    assert house.planned(data) == set()
    np.savez(file, images=np.ones((300, 6, 5)))
    os.utime(file, ns=(date, date))
    assert house.planned(data) == {"making the data set mine"}


def test_the_profile_for_clusters_without_cards_names_every_rule_that_asks_for_one(house):
    asking = set()
    for path in (house.folder / "rules").rglob("*.smk"):
        parts = re.split(r"^rule (\w+):", path.read_text(), flags=re.MULTILINE)
        asking |= {name for name, body in zip(parts[1::2], parts[2::2], strict=True) if "gpu=1" in body}
    profile = (house.folder / "profiles/slurm/config.yaml").read_text()
    (block,) = re.findall(r"^# set-resources:\n(?:#   .*\n)+", profile, flags=re.MULTILINE)
    assert yaml.safe_load(re.sub("^# ", "", block, flags=re.MULTILINE)) == {
        "set-resources": {name: {"gpu": 0} for name in asking}
    }


def test_partition_and_account_stand_in_the_profile_for_clusters_as_keys(house):
    text = (house.folder / "profiles/slurm/config.yaml").read_text()
    set_ = yaml.safe_load(re.sub("^  # (slurm_)", r"  \1", text, flags=re.MULTILINE))["default-resources"]
    assert set_ == {"mem_mb": 1000, "runtime": 30, "slurm_partition": "short", "slurm_account": "lab"}


def test_lint_is_clean(house):
    done = house.run("--lint")
    assert done.returncode == 0, done.stdout
