"""What is known of a data set before it is made: shape of an observation, samples of each split, names of factors."""

from curvae.settings.checks.arrays import check_own
from curvae.settings.data import SPRITE_LEVELS, DataSettings
from curvae.settings.study import Study

FACTORS = {
    "bouncing_ball": ("x", "y", "vx", "vy"),
    "uniform": ("x", "y", "quadrant"),
    "ring": ("z1", "z2", "radius", "angle"),
    "one_hot": ("point",),
    "mnist": ("digit",),
    "sprites": tuple(SPRITE_LEVELS),
    "lorenz": ("x", "y", "z"),
    "kuramoto_sivashinsky": ("energy", "production", "dissipation"),
}


def shape_of(study: Study, data: DataSettings) -> tuple[int, ...]:
    """Shape of one observation: (rows, columns) of an image, the numbers of a point, or what a user's array has."""
    match data.kind:
        case "own":
            return check_own(data).shape
        case "mnist":
            return 28, 28
        case "bouncing_ball":
            return data.size, data.size
        case "sprites":
            return 64, 64
        case "pooled":
            return tuple(side // data.block for side in shape_of(study, study.data[data.source]))
        case "codes":
            experiment = study.experiments[data.experiment]
            axes = experiment.grid.latent or (experiment.model.latent,)
            return (next((size for size in axes if size == experiment.show.get("latent")), axes[0]),)
        case "one_hot":
            return (data.points,)
        case "lorenz" | "kuramoto_sivashinsky":
            return (data.width,)
    return (2,)


def splits_of(study: Study, data: DataSettings) -> tuple[int, int, int]:
    """Samples for training, validation and testing."""
    match data.kind:
        case "own":
            return check_own(data).splits
        case "mnist":
            return data.train, data.validation, data.test
        case "bouncing_ball" | "lorenz" | "kuramoto_sivashinsky":
            films = data.trajectories
            return films.train * data.frames, films.validation * data.frames, films.test * data.test_frames
        case "codes":
            return splits_of(study, study.data[study.experiments[data.experiment].data])
        case "pooled":
            source = splits_of(study, study.data[data.source])
            return source if data.samples is None else tuple(map(min, source, (size for _, size in data.samples)))
    return tuple(size for _, size in data.samples)


def factors_of(study: Study, data: DataSettings) -> tuple[str, ...]:
    """Names of the true factors; of a user's data none unless they are named."""
    match data.kind:
        case "own":
            return check_own(data).factors
        case "pooled":
            return factors_of(study, study.data[data.source])
        case "codes":
            return factors_of(study, study.data[study.experiments[data.experiment].data])
    return FACTORS[data.kind]
