"""A bad config ends in one line with the key, the value and what is allowed; a good one is whole."""

import copy
from pathlib import Path

import numpy as np
import pytest
import yaml

from curvae.settings.base import ConfigError
from curvae.settings.check import read_study
from curvae.settings.experiment import Experiment
from curvae.settings.study import Study

ROOT = Path(__file__).parents[2]
GOOD = yaml.safe_load((ROOT / "config.yaml").read_text())
GAUSSIAN = {"kind": "vae", "likelihood": "gaussian"}
GOOD["experiments"] |= {
    "lorenz_": {"data": "lorenz", "model": GAUSSIAN},
    "codes_": {"data": "digits_codes", "model": GAUSSIAN},
}


def changed(path, value):
    """The good config with the value at a path put in, or taken out where it is `...`."""
    config = copy.deepcopy(GOOD)
    at = config
    *parents, last = path
    for key in parents:
        at = at[key]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return config


BAD = [
    (["datas"], {}, "datas = {}", "did you mean 'data'?"),
    (["data"], {}, "data = {}", "at least 1 item"),
    (["data", "ball", "kind"], "football", "data.ball.kind = 'football'", "bouncing_ball, uniform, mnist, own"),
    (["data", "ball", "kind"], ..., "data.ball.kind = None", "bouncing_ball"),
    (["data", "ball", "radious"], 2, "data.ball.radious = 2", "did you mean 'radius'?"),
    (["data", "ball", "margin"], 14, "data.ball = ", "allowed: below 13.5"),
    (["data", "ball", "speed"], [2, 1], "data.ball = ", "allowed: 0 < lowest <= highest"),
    (["data", "ball", "radius"], 0, "data.ball.radius = 0", "greater than 0"),
    (["data", "digits", "train"], 60000, "data.digits.train = 60000", "less than or equal to 50000"),
    (["data", "digits", "binarize"], "maybe", "data.digits.binarize = 'maybe'", "valid boolean"),
    (["data", "square", "samples"], {"train": 10}, "data.square.samples.validation = None", "required"),
    (["data", "a b"], {"kind": "uniform"}, "data.a b", "pattern"),
    (["experiments"], {}, "experiments = {}", "at least 1 item"),
    (["experiments", "digits", "data"], "digit", "experiments.digits.data = 'digit'", "did you mean 'digits'?"),
    (["experiments", "digits", "data"], ..., "experiments.digits.data = None", "required"),
    (["experiments", "digits", "model", "kind"], "gan", "experiments.digits.model.kind = 'gan'", "allowed: vae"),
    (
        ["experiments", "digits", "model"],
        {"kind": "generator"},
        "experiments.digits.objective.kind = 'elbo'",
        "allowed for model generator: gan, wgan, wgan_gp, infogan",
    ),
    (["experiments", "digits", "objective"], {"kind": "gan"}, "objective.kind = 'gan'", "allowed for model vae: elbo"),
    (
        ["experiments", "digits_gan", "objective"],
        {"kind": "wgan_gp", "clip": 0.1},
        "objective.clip = 0.1",
        "unknown key",
    ),
    (
        ["experiments", "digits_gan", "model", "likelihood"],
        "bernoulli",
        "model.likelihood = 'bernoulli'",
        "unknown key",
    ),
    (
        ["experiments", "digits_gan", "model", "codes"],
        151,
        "experiments.digits_gan.model.codes = 151",
        "at most 150, the latents",
    ),
    (
        ["experiments", "digits_gan", "objective"],
        {"kind": "infogan"},
        "experiments.digits_gan.model.codes = 0",
        "one or more",
    ),
    (
        ["experiments", "digits_gan", "objective", "steps"],
        600,
        "experiments.digits_gan.objective.steps = 600",
        "at most 500",
    ),
    (["scores", "digits_gan"], {"factors": ["digit"]}, "scores.digits_gan = 'digits_gan'", "a generator has none"),
    (["density", "digits_gan"], {}, "density.digits_gan = 'digits_gan'", "a generator has none"),
    (
        ["geometry", "digits", "experiment"],
        "digits_gan",
        "geometry.digits.experiment = 'digits_gan'",
        "a generator has none",
    ),
    (
        ["dynamics", "ball", "experiment"],
        "digits_gan",
        "dynamics.ball.experiment = 'digits_gan'",
        "a generator has none",
    ),
    (["figures", "latent_grid"], ["digits_gan"], "figures.latent_grid[0] = 'digits_gan'", "a generator has none"),
    (["figures", "loss_curves"], ["digits_gan"], "figures.loss_curves[0] = 'digits_gan'", "adversarial_curves"),
    (["figures", "adversarial_curves"], ["digits"], "figures.adversarial_curves[0] = 'digits'", "loss_curves"),
    (
        ["data", "digits_codes", "experiment"],
        "digits_gan",
        "data.digits_codes.experiment = 'digits_gan'",
        "a generator has none",
    ),
    (
        ["experiments", "digits_codes", "model", "output"],
        "tanh",
        "experiments.digits_codes.model.output = 'tanh'",
        "'linear'",
    ),
    (["data", "digits_small", "source"], "square", "data.digits_small.source = 'square'", "mnist, bouncing_ball"),
    (["data", "digits_small", "source"], "digit", "data.digits_small.source = 'digit'", "did you mean 'digits"),
    (["data", "digits_small", "block"], 3, "data.digits_small.block = 3", "a divisor of 28"),
    (["experiments", "digits_glow", "data"], "square", "experiments.digits_glow.data = 'square'", "images, not points"),
    (
        ["experiments", "digits_glow", "model", "levels"],
        2,
        "digits_glow.model.levels = 2",
        "images of 14 px: at most 1",
    ),
    (["experiments", "digits_glow", "model", "grey"], 1, "experiments.digits_glow.model.grey = 1", "or equal to 2"),
    (["experiments", "digits_glow", "objective"], {"kind": "wae_mmd"}, "objective.kind = 'wae_mmd'", "glow: elbo"),
    (["experiments", "digits_glow", "grid"], {"latent": [2]}, "experiments.digits_glow.grid.latent = [2]", "nothing"),
    (["experiments", "digits_glow", "grid"], {"anneal": ["linear"]}, "glow.grid.anneal = ['linear']", "nothing"),
    (["experiments", "digits_glow", "grid"], {"beta": [1, 2]}, "digits_glow.grid.beta = [1.0, 2.0]", "one value"),
    (["figures", "level_sets"], ["digits_ladder"], "figures.level_sets[0] = 'digits_ladder'", "network = mlp"),
    (["figures", "level_sets"], ["sprites_infogan"], "figures.level_sets[0] = 'sprites_infogan'", "network = mlp"),
    (["codes"], {"square1": {}}, "codes.square1 = 'square1'", "2 latents or more, not 1"),
    (["codes"], {"digits_wide": {}}, "codes.digits_wide = 'digits_wide'", "beta, lam, seed alone, without anneal"),
    (
        ["experiments", "sprites_tcvae"],
        {"data": "sprites", "model": {"kind": "vae", "posterior": {"kind": "point"}}},
        "scores.sprites.beside[0] = 'sprites_tcvae'",
        "with a Gaussian posterior",
    ),
    (["experiments", "digits_gaia", "objective"], {"kind": "gan"}, "objective.kind = 'gan'", "interpolator: gaia"),
    (["experiments", "digits_gaia", "data"], "ring", "experiments.digits_gaia.data = 'ring'", "images, not points"),
    (["between", "digits", "experiments"], ["digits_glow"], "between.digits.experiments[0] = 'digits_glow'", "none"),
    (["between", "digits", "experiments"], ["digits_gaia", "digits"], "experiments[1] = 'digits'", "data digits_small"),
    (["flows", "digits"], {}, "flows.digits = 'digits'", "allowed: digits_glow"),
    (["drawn_codes"], ["digits_gan"], "drawn_codes[0] = 'digits_gan'", "allowed: digits_codes"),
    (["flows", "digits_glow", "strengths"], [1, 0], "flows.digits_glow.strengths = [1, 0]", "ascending"),
    (["scores", "digits_glow"], {"factors": ["digit"]}, "scores.digits_glow = 'digits_glow'", "a glow has none"),
    (["figures", "loss_curves"], ["digits_glow"], "figures.loss_curves[0] = 'digits_glow'", "no figure of losses"),
    (["figures", "samples"], ["digits_codes"], "figures.samples[0] = 'digits_codes'", "on images"),
    (["experiments", "ball", "model", "prior"], {"kind": "nice"}, "density.ball = 'ball'", "the prior N(0, I)"),
    (
        ["experiments", "ring", "model", "prior"],
        {"kind": "nice"},
        "rings.ring.experiment = 'ring'",
        "the prior N(0, I)",
    ),
    (
        ["experiments", "sprites_tcvae"],
        {"data": "sprites", "model": {"kind": "vae", "prior": {"kind": "nice"}}, "objective": {"kind": "beta_tcvae"}},
        "experiments.sprites_tcvae.objective.kind = 'beta_tcvae'",
        "allowed with model.prior: elbo, capacity",
    ),
    (["experiments", "digits", "model", "posterior"], {"kind": "line"}, "posterior.kind = 'line'", "iaf, point"),
    (
        ["experiments", "ball", "model", "posterior"],
        {"kind": "point"},
        "dynamics.ball.experiment = 'ball'",
        "a posterior with a variance",
    ),
    (
        ["experiments", "digits", "model", "latent"],
        0,
        "experiments.digits.model.latent = 0",
        "greater than or equal to 1",
    ),
    (["experiments", "digits", "model", "latent"], 2.5, "experiments.digits.model.latent = 2.5", "valid integer"),
    (["experiments", "digits", "model", "hidden"], [], "experiments.digits.model.hidden = []", "at least 1 item"),
    (["experiments", "digits", "model", "activation"], "swish", "model.activation = 'swish'", "'relu'"),
    (["experiments", "square2", "model", "likelihood"], "bernoulli", "model.likelihood = 'bernoulli'", "'gaussian'"),
    (["experiments", "digits", "train", "lr"], -1, "experiments.digits.train.lr = -1", "greater than 0"),
    (["experiments", "digits", "train", "batch"], 50001, "experiments.digits.train.batch = 50001", "at most 50000"),
    (["experiments", "digits", "train", "epoch"], 3, "experiments.digits.train.epoch = 3", "did you mean 'epochs'?"),
    (["experiments", "digits", "grid", "beta"], [1, -0.5], "experiments.digits.grid.beta[1] = -0.5", "or equal to 0"),
    (["experiments", "digits", "grid", "beta"], [], "experiments.digits.grid.beta = []", "at least 1 item"),
    (["experiments", "digits", "grid", "beta"], ["one"], "experiments.digits.grid.beta[0] = 'one'", "valid number"),
    (["experiments", "digits", "grid", "beta"], [True], "experiments.digits.grid.beta[0] = True", "valid number"),
    (["experiments", "digits", "grid", "beta"], [float("inf")], "experiments.digits.grid.beta[0] = inf", "finite"),
    (["experiments", "digits", "grid", "beta"], [1, 1.0], "experiments.digits.grid.beta = [1, 1.0]", "at most once"),
    (["experiments", "digits", "grid", "seed"], [0.5], "experiments.digits.grid.seed[0] = 0.5", "valid integer"),
    (["experiments", "digits", "grid", "lambda"], [0], "experiments.digits.grid.lambda = [0]", "did you mean 'lam'?"),
    (
        ["experiments", "digits", "stack"],
        ["latent"],
        "experiments.digits.stack[0] = 'latent'",
        "'beta', 'lam', 'seed', 'lr' or 'anneal'",
    ),
    (["experiments", "digits", "stack"], ["beta", "beta"], "experiments.digits.stack", "at most once"),
    (
        ["experiments", "ball_sizes", "show"],
        {"latent": 7},
        "experiments.ball_sizes.show.latent = 7",
        "allowed: 1, 2, 3, 4, 5, 6",
    ),
    (["experiments", "ball", "show"], {"width": 5}, "experiments.ball.show.width = 5", "unknown axis"),
    (["dynamics", "ball", "experiment"], "digits", "dynamics.ball.experiment = 'digits'", "bouncing_ball data"),
    (["dynamics", "ball", "horizon"], 201, "dynamics.ball.horizon = 201", "at most 200"),
    (["data", "ball", "test_frames"], 31, "dynamics.ball.horizon = 200", "at most 1 (test_frames - warmup)"),
    (["data", "ball", "test_frames"], 30, "dynamics.ball.warmup = 30", "at most 29 (test_frames - 1)"),
    (["data", "ball", "test_frames"], 1, "dynamics.ball.warmup = 30", "at most 0 (test_frames - 1)"),
    (["data", "ball", "frames"], 1, "objective.frames = 10", "at most 1 (frames of a film"),
    (["data", "ball", "frames"], 39, "dynamics.ball.predictors.elman.window = 40", "at most 39"),
    (["dynamics", "ball", "trajectories"], 101, "dynamics.ball.trajectories = 101", "at most 100"),
    (["dynamics", "ball", "warmup"], 9, "dynamics.ball.predictors.ridge.lags = 10", "at most 9"),
    (
        ["dynamics", "ball", "predictors", "gru", "window"],
        81,
        "dynamics.ball.predictors.gru.window = 81",
        "at most 80",
    ),
    (
        ["dynamics", "ball", "predictors", "gru", "rollout"],
        31,
        "dynamics.ball.predictors.gru.rollout = 31",
        "at most 30",
    ),
    (
        ["dynamics", "ball", "predictors", "ceiling"],
        {"kind": "ridge"},
        "dynamics.ball.predictors.ceiling = 'ridge'",
        "other names",
    ),
    (
        ["dynamics", "ball", "predictors", "gru", "kind"],
        "rnn",
        "dynamics.ball.predictors.gru.kind = 'rnn'",
        "elman, gru, lstm, billiard, ridge",
    ),
    (["climate", "lorenz", "data"], "ball", "climate.lorenz.data = 'ball'", "allowed: lorenz"),
    (["climate", "lorenz", "starts"], 51, "climate.lorenz.starts = 51", "at most 50 (test trajectories)"),
    (["climate", "lorenz", "horizon"], 901, "climate.lorenz.horizon = 901", "at most 900 (test_frames - warmup)"),
    (["climate", "lorenz", "coordinate"], 3, "climate.lorenz.coordinate = 3", "at most 2"),
    (["climate", "lorenz", "exponents"], 4, "climate.lorenz.exponents = 4", "at most 3 (entries of the state)"),
    (["climate", "lorenz", "steps"], 49, "climate.lorenz.steps = 49", "at least 50"),
    (["climate", "lorenz", "whole"], 49, "climate.lorenz.whole = 49", "allowed: 0, or at least 50"),
    (["climate", "lorenz", "warmup"], 4, "climate.lorenz.warmup = 4", "at least 5, a learner's warm-up"),
    (["climate", "lorenz", "learners", "truth"], {"kind": "reservoir"}, "learners = 'truth'", "another name"),
    (["climate", "lorenz", "learners", "gru", "kind"], "gru", "learners.gru.kind = 'gru'", "reservoir, recurrent"),
    (["climate", "lorenz", "learners", "gru", "window"], 2501, "learners.gru.window = 2501", "at most 2500"),
    (["climate", "lorenz", "learners", "gru", "rollout"], 26, "learners.gru.rollout = 26", "at most 25"),
    (["climate", "lorenz", "learners", "reservoir", "degree"], 301, "reservoir.degree = 301", "at most 300 (units)"),
    (["climate", "lorenz", "learners", "reservoir", "washout"], 2499, "reservoir.washout = 2499", "at most 2498"),
    (["climate", "lorenz", "learners", "reservoir", "trajectories"], 11, "reservoir.trajectories = 11", "at most 10"),
    (["climate", "lorenz", "whole"], 0, "figures.whole_spectrum[0] = 'lorenz'", "climate.lorenz.whole is 0"),
    (["claims", "climate"], "ball", "claims.climate = 'ball'", "allowed: lorenz"),
    (["figures", "return_map"], ["ball"], "figures.return_map[0] = 'ball'", "allowed: lorenz"),
    (["scores", "square3"], {"factors": ["x"]}, "scores.square3 = 'square3'", "did you mean 'square2'?"),
    (["scores", "square2", "factors"], ["x", "z"], "scores.square2.factors[1] = 'z'", "allowed: x, y, quadrant"),
    (["scores", "square2", "metrics"], ["mgi"], "scores.square2.metrics[0] = 'mgi'", "'mig'"),
    (["scores", "square2", "preset"], "fast", "scores.square2.preset = 'fast'", "allowed for higgins: default, dlib"),
    (["scores", "square2", "preset"], {"mig": "hsu"}, "scores.square2.preset.mig = 'hsu'", "for mig: default, dlib"),
    (["scores", "square2", "preset"], {"dci": "fast"}, "scores.square2.preset.dci = 'fast'", "allowed: higgins, mig"),
    (["scores", "square2", "unsupervised"], ["udr"], "scores.square2.unsupervised[0] = 'udr'", "'udr_spearman'"),
    (["density", "square1"], {}, "density.square1 = 'square1'", "2 latents or more, not 1"),
    (["density", "digit"], {}, "density.digit = 'digit'", "did you mean 'digits'?"),
    (["geometry", "digits", "experiment"], "digit", "geometry.digits.experiment = 'digit'", "allowed: digits"),
    (["geometry", "digits", "experiment"], "ball", "geometry.digits.experiment = 'ball'", "2 latents, not 3"),
    (
        ["geometry", "digits", "experiment"],
        "digits",
        "geometry.digits.experiment = 'digits'",
        "tanh, sigmoid in its decoder, not relu",
    ),
    (["geometry", "digits", "groups", "factors"], ["digits"], "geometry.digits.groups.factors[0]", "allowed: digit"),
    (
        ["geometry", "digits", "groups", "subsets"],
        [[0]],
        "digits.groups.subsets[0] = [0]",
        "two classes or more",
    ),
    (["geometry", "digits", "groups", "subsets"], [[1, 10]], "groups.subsets[0] = [1, 10]", "of 0 to 9"),
    (["geometry", "digits", "groups", "neighbours"], 60, "geometry.digits.groups.neighbours = 60", "at most 29"),
    (["geometry", "digits", "precision"], {"centres": 3000}, "precision.centres = 3000", "at most 2000"),
    (["geometry", "digits", "walks"], {"stride": 0}, "geometry.digits.walks.stride = 0", "greater than 0"),
    (["directions", "square1"], {}, "directions.square1 = 'square1'", "2 latents or more, not 1"),
    (
        ["directions", "digits_smooth", "dynamics"],
        "ball",
        "directions.digits_smooth.dynamics = 'ball'",
        "no dynamics of",
    ),
    (["directions", "ball", "dynamics"], "balls", "directions.ball.dynamics = 'balls'", "allowed: ball"),
    (["figures", "clusters"], ["balls"], "figures.clusters[0] = 'balls'", "did you mean 'ball'?"),
    (["claims", "directions"], "digits_smooth", "claims.directions = 'digits_smooth'", "allowed: ball"),
    (
        ["experiments", "square2", "model"],
        {"kind": "vae", "network": "burgess", "likelihood": "gaussian"},
        "experiments.square2.model.network = 'burgess'",
        "on uniform: 'mlp'",
    ),
    (
        ["experiments", "digits", "model"],
        {"kind": "vae", "network": "burgess", "hidden": [50]},
        "experiments.digits.model.hidden = [50]",
        "network = mlp only",
    ),
    (
        ["experiments", "sprites", "objective"],
        {"kind": "dc_ign", "factors": ["scale", "shape"]},
        "experiments.sprites.objective.factors[1] = 'shape'",
        "allowed: scale, orientation, pos_x, pos_y",
    ),
    (
        ["experiments", "square2", "objective"],
        {"kind": "dc_ign", "factors": ["x"]},
        "experiments.square2.objective.kind = 'dc_ign'",
        "allowed on data whose factors lie on a grid: sprites, own",
    ),
    (["experiments", "sprites", "objective"], {"kind": "dc_ign"}, "objective.factors = None", "required"),
    (
        ["experiments", "sprites", "objective"],
        {"kind": "smooth"},
        "experiments.sprites.objective.kind = 'smooth'",
        "data in films: bouncing_ball",
    ),
    (
        ["experiments", "ball", "objective"],
        {"kind": "smooth", "frames": 90},
        "experiments.ball.objective.frames = 90",
        "at most 50 (frames of a film, and batch)",
    ),
    (["experiments", "square2", "grid", "beta"], [0, 1], "figures.score_curves[0] = 'square2'", "all above 0"),
    (
        ["experiments", "sprites", "grid", "lr"],
        [1e-3, 1e-2],
        "figures.score_curves[1] = 'sprites'",
        "allowed: a grid of beta, lam, seed alone, without lr",
    ),
    (["scores", "sprites", "beside"], ["square2"], "scores.sprites.beside[0] = 'square2'", "experiments on sprites"),
    (["scores", "sprites", "beside"], ["sprites"], "scores.sprites.beside[0] = 'sprites'", "no such experiment"),
    (["scores", "square2", "decomposed"], 3, "scores.square2.decomposed = 3", "greater than or equal to 4"),
    (["scores", "square2", "baselines"], ["pcs"], "scores.square2.baselines[0] = 'pcs'", "'pca'"),
    (["figures", "score_table"], ["square1"], "figures.score_table[0] = 'square1'", "allowed: square2"),
    (["figures", "score_table"], ["square2"], "scores.square2.classes[0] = 'scale'", "score_table: x, y"),
    (["figures", "metric_schematic"], ["square2"], "figures.metric_schematic[0] = 'square2'", "images, not on points"),
    (["claims", "square"], ["digits"], "claims.square[0] = 'digits'", "allowed: square2, square1"),
    (["claims", "convolutional"], "digits", "claims.convolutional = 'digits'", "convolutional to check claims on"),
    (["claims", "density"], ["square2"], "claims.density[0] = 'square2'", "name under density"),
    (["claims", "ring"], "digits", "claims.ring = 'digits'", "ring to check claims on"),
    (["claims", "digits"], "square2", "claims.digits = 'square2'", "allowed: digits, digits_smooth"),
    (["claims", "inversion"], "digits", "claims.inversion = 'digits'", "allowed: digits_smooth"),
    (["claims", "between"], "digit", "claims.between = 'digit'", "allowed: digits"),
    (["between", "digits", "experiments"], ["digits_small"], "claims.between = 'digits'", "no such between"),
    (["claims", "sizes"], "digits", "claims.sizes = 'digits'", "allowed: ball, ball_sizes"),
    (["claims", "sizes"], "ball_joint", "claims.sizes = 'ball_joint'", "several sizes in grid.latent"),
    (["claims", "joint"], ["ball_joint", "ball_runs"], "claims.joint[0] = 'ball_joint'", "smooth of weight 0"),
    (["claims", "joint"], ["ball_sizes", "ball_joint"], "claims.joint[0] = 'ball_sizes'", "smooth of weight 0"),
    (["experiments", "ball_joint", "objective", "frames"], 8, "claims.joint = [10, 8]", "the same number of frames"),
    (["experiments", "ball_sizes", "grid", "lam"], [0, 1], "claims.sizes = 'ball_sizes'", "without lam"),
    (["experiments", "sprites", "grid", "lam"], [0, 1], "claims.disentanglement = 'sprites'", "without lam"),
    (["figures", "latent_sizes"], ["digits"], "figures.latent_sizes[0] = 'digits'", "bouncing_ball, not on mnist"),
    (["claims", "ball"], "balls", "claims.ball = 'balls'", "did you mean 'ball'?"),
    (["figures", "latent_grid"], ["ball"], "figures.latent_grid[0] = 'ball'", "2 latents, not 3"),
    (["figures", "interpolation"], ["square2"], "figures.interpolation[0] = 'square2'", "images, not on points"),
    (["figures", "regularisation"], ["digits"], "figures.regularisation[0] = 'digits'", "uniform data"),
    (["figures", "latent_scatter"], ["square1"], "figures.latent_scatter[0] = 'square1'", "2 latents or more"),
    (["figures", "future"], ["bal"], "figures.future[0] = 'bal'", "did you mean 'ball'?"),
    (["explorer"], ["square2"], "explorer[0] = 'square2'", "on images, not on uniform"),
    (["explorer"], ["digit"], "explorer[0] = 'digit'", "did you mean 'digits'?"),
    (["explorer"], ["ball", "ball"], "explorer = ['ball', 'ball']", "at most once"),
    (["claims", "square"], ["square2", "square2"], "claims.square = ['square2', 'square2']", "at most once"),
    (
        ["experiments", "digits", "model", "hidden"],
        50,
        "experiments.digits.model.hidden = 50",
        "allowed: a list, in [ ]",
    ),
    (["experiments", "digits", "model"], "vae", "experiments.digits.model = 'vae'", "allowed: keys with values"),
    (["experiments", "digits", "grid"], None, "experiments.digits.grid = None", "allowed: keys with values"),
    (
        ["experiments", "digits", "grid", "seed"],
        [2**63],
        "experiments.digits.grid.seed[0] = 922337",
        "less than 922337",
    ),
    (["data", "digits", "folder"], "nowhere", "data.digits.folder = 'nowhere'", "no such folder"),
    (["data", "digits", "test"], 100, "geometry.digits.pairs = 60", "at most 50, half the test samples"),
    (["geometry", "digits", "codes"], 10001, "geometry.digits.codes = 10001", "at most 10000, the test samples"),
    (["geometry", "digits", "walks", "paths"], 10001, "geometry.digits.walks.paths = 10001", "at most 10000"),
    (
        ["geometry", "digits", "groups", "codes"],
        3334,
        "geometry.digits.groups.codes = 3334",
        "at most 3333, of each of 3",
    ),
    (["directions", "digits_smooth", "points"], 10001, "directions.digits_smooth.points = 10001", "at most 10000"),
    (
        ["experiments", "square1"],
        {"data": "lorenz", "model": {"kind": "vae"}},
        "experiments.square1.model.likelihood = 'bernoulli'",
        "'gaussian'",
    ),
    (["figures", "samples"], ["lorenz_"], "figures.samples[0] = 'lorenz_'", "images, not on points"),
    (["scores", "codes_"], {"factors": ["digits"]}, "scores.codes_.factors[0] = 'digits'", "allowed: digit"),
    (["explorer"], ["ball_sizes"], "explorer[0] = 'ball_sizes'", "2 latents or more, not 1"),
    (
        ["experiments", "ball", "model"],
        {"kind": "vae", "network": "burgess", "latent": 3},
        "explorer[2] = 'ball'",
        "allowed: network = 'mlp', not burgess",
    ),
    (["figures", "scatter"], [], "figures.scatter = []", "unknown key"),
]


@pytest.mark.parametrize(("path", "value", "found", "allowed"), BAD, ids=[f"{'.'.join(b[0])}={b[1]}" for b in BAD])
def test_one_line_names_key_value_and_what_is_allowed(path, value, found, allowed):
    with pytest.raises(ConfigError) as caught:
        read_study(changed(path, value))
    line = str(caught.value)
    assert found in line
    assert allowed in line
    assert "\n" not in line


@pytest.mark.parametrize("path", ["config.yaml", "quick/config.yaml"])
def test_the_shipped_configs_are_good_and_ask_for_every_part(path):
    study = read_study(yaml.safe_load((ROOT / path).read_text()))
    assert all(getattr(study, part) for part in Study.model_fields)
    assert all(names for _, names in study.figures)


@pytest.mark.parametrize(
    ("model", "line"),
    [
        ({"kind": "ladder", "latents": [1, 1], "hidden": [8, 8]}, "tanh, sigmoid in its decoder, not leaky_relu"),
        ({"kind": "generator", "latent": 2, "codes": 1, "activation": "elu"}, "in its decoder, not elu"),
        ({"kind": "interpolator", "activation": "tanh"}, "cut off at 0 and 1"),
    ],
)
def test_geometries_of_decoders_that_are_not_smooth_are_refused(model, line):
    objectives = {"generator": {"kind": "infogan"}, "interpolator": {"kind": "gaia"}}
    one = {"data": "digits", "model": model} | (
        {"objective": objectives[model["kind"]]} if model["kind"] in objectives else {}
    )
    config = {
        "data": {"digits": {"kind": "mnist"}},
        "experiments": {"one": one},
        "geometry": {"one": {"experiment": "one"}},
    }
    with pytest.raises(ConfigError, match=r"geometry\.one\.experiment = 'one': ") as caught:
        read_study(config)
    assert line in str(caught.value)


def test_a_ladder_takes_images_of_any_size():
    ladder = {"kind": "ladder", "latents": [3, 2], "hidden": [8, 8]}
    config = {
        "data": {"digits": {"kind": "mnist"}, "small": {"kind": "pooled", "source": "digits"}},
        "experiments": {"small": {"data": "small", "model": ladder}},
    }
    assert read_study(config).experiments["small"].model.kind == "ladder"
    config["experiments"]["small"]["model"] = {"kind": "vae", "network": "burgess"}
    with pytest.raises(ConfigError, match=r"model\.network = 'burgess': allowed on images of 28, 32, 64 px"):
        read_study(config)


def test_the_full_size_config_is_good():
    study = read_study(yaml.safe_load((ROOT / "full/config.yaml").read_text()))
    assert sum(size for _, size in study.data["sprites"].samples) == 737_280
    sprites = [experiment for experiment in study.experiments.values() if experiment.data == "sprites"]
    assert sprites
    assert all(len(experiment.grid.seed) == 10 for experiment in sprites)


def test_the_quick_config_has_the_same_parts_but_for_six_experiments():
    scored = {"sprites_tcvae", "sprites_factorvae"}
    left_out = {"scores": scored, "experiments": scored | {"digits_wae", "digits_aae", "digits_brief"}}
    added = {"experiments": {"digits_codes_clipped"}}
    full, quick = (yaml.safe_load((ROOT / path).read_text()) for path in ("config.yaml", "quick/config.yaml"))
    for part in ("data", "experiments", "dynamics", "scores", "bounds", "posteriors", "density", "geometry", "claims"):
        assert full[part].keys() - quick[part].keys() == left_out.get(part, set())
        assert quick[part].keys() - full[part].keys() == added.get(part, set())
    for config, own in ((full, left_out), (quick, added)):
        for names in config["figures"].values():
            if isinstance(names, list):
                names[:] = [name for name in names if name not in own["experiments"]]
    assert full["figures"] == quick["figures"]


@pytest.mark.parametrize(
    ("frames", "choice", "said"),
    [
        (1, {"kind": "ridge", "lags": 1}, "lags = 1: allowed: at most 0"),
        (10, {"kind": "ridge", "lags": 10}, "lags = 10: allowed: at most 9"),
        (1, {"kind": "koopman", "delays": 1}, "delays = 1: allowed: at most 0"),
        (3, {"kind": "koopman", "delays": 3}, "delays = 3: allowed: at most 2"),
    ],
)
def test_training_films_are_longer_than_what_a_fitted_predictor_sees(frames, choice, said):
    ball = {"kind": "bouncing_ball", "frames": frames, "test_frames": 230}
    config = {
        "data": {"ball": ball},
        "experiments": {"ball": {"data": "ball", "model": {"kind": "vae", "hidden": [4], "latent": 2}}},
        "dynamics": {"films": {"experiment": "ball", "warmup": 30, "predictors": {"one": choice}}},
    }
    with pytest.raises(ConfigError, match=f"dynamics.films.predictors.one.{said} .frames of a training trajectory - 1"):
        read_study(config)
    ball["frames"] += 1
    assert read_study(config).dynamics


def test_scientific_notation_without_a_point_is_a_number():
    config = changed(["experiments", "digits_smooth", "grid"], {"beta": yaml.safe_load("[1e-3, 2]")})
    assert read_study(config).experiments["digits_smooth"].grid.beta == (0.001, 2.0)


@pytest.mark.parametrize("kind", ["latent_scatter", "interpolation", "geodesics"])
def test_figures_that_show_labels_need_factors(kind, tmp_path):
    np.savez(tmp_path / "mine.npz", images=np.zeros((200, 4, 4)), factors=np.zeros((200, 1)))
    config = {
        "data": {"mine": {"kind": "own", "path": str(tmp_path / "mine.npz")}},
        "experiments": {"mine": {"data": "mine", "model": {"kind": "vae", "activation": "tanh"}}},
        "geometry": {"mine": {"experiment": "mine", "pairs": 10, "codes": 20}},
        "figures": {kind: ["mine"]},
    }
    with pytest.raises(ConfigError, match=rf"figures.{kind}\[0\] = 'mine': allowed: data with factors"):
        read_study(config)
    config["data"]["mine"]["factors"] = "factors"
    assert read_study(config).figures


@pytest.mark.parametrize(
    ("kind", "change", "line"),
    [
        ("score_table", {"factors": ["x"]}, "scores.square2.factors = ['x']: figures.score_table needs two or more"),
        ("score_table", {"classes": ["x"]}, "scores.square2.classes = ['x']: figures.score_table needs two or more"),
        ("metric_agreement", {"metrics": ["mig"]}, "metrics = ['mig']: figures.metric_agreement needs two or more"),
    ],
)
def test_figures_of_scores_need_two_of_what_they_compare(kind, change, line):
    config = changed(["figures", kind], ["square2"])
    config["scores"]["square2"] |= {"classes": ["x", "y"]}
    assert read_study(config).figures
    config["scores"]["square2"] |= change
    with pytest.raises(ConfigError) as caught:
        read_study(config)
    assert line in str(caught.value)


@pytest.mark.parametrize("kind", ["score_curves", "kl_terms"])
def test_figures_against_beta_need_positive_betas(kind):
    config = changed(["figures", kind], ["square2"])
    config["experiments"]["square2"]["grid"]["beta"] = [0, 1]
    if kind == "kl_terms":
        config["figures"]["score_curves"] = []
    with pytest.raises(
        ConfigError, match=rf"figures.{kind}\[0\] = 'square2': allowed: a grid whose beta are all above 0"
    ):
        read_study(config)


def test_jobs_and_members_partition_the_grid():
    experiment = Experiment(
        data="d",
        model={"kind": "vae"},
        grid={"beta": [1, 2, 3], "lam": [0, 1], "seed": [5, 6], "latent": [2, 4]},
        stack=["seed", "lam"],
        show={"beta": 2, "seed": 6, "latent": 4},
    )
    jobs = experiment.jobs()
    assert len(jobs) == 3 * 2
    members = [tuple(sorted(m.items())) for job in jobs for m in experiment.members(job)]
    assert len(members) == len(set(members)) == 3 * 2 * 2 * 2
    job, index = experiment.shown()
    shown = experiment.members(job)[index]
    assert shown == {"beta": 2.0, "lam": 0.0, "seed": 6, "latent": 4}
    assert experiment.model_of(job).latent == 4


def test_axes_that_leave_the_shapes_alone_are_trained_side_by_side():
    grid = {"lr": [0.1, 0.2], "anneal": ["none", "linear"], "activation": ["tanh"], "latent": [2, 3]}
    experiment = Experiment(data="d", model={"kind": "vae"}, grid=grid)
    assert experiment.jobs() == [{"latent": 2, "activation": "tanh"}, {"latent": 3, "activation": "tanh"}]
    members = experiment.members(experiment.jobs()[1])
    assert [(m["lr"], m["anneal"]) for m in members] == [(0.1, "none"), (0.1, "linear"), (0.2, "none"), (0.2, "linear")]
    assert experiment.model_of(experiment.jobs()[1]).activation == "tanh"
