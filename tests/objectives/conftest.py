import pytest
import torch

from curvae.objectives import build, gaussian_kl
from curvae.settings import objective as settings

SMALL = {"width": 5, "depth": 2}
ALL = {
    "elbo": settings.Elbo(),
    "capacity": settings.Capacity(kind="capacity", capacity=2.0, capacity_epochs=4.0),
    "beta_tcvae weighted": settings.BetaTCVAE(kind="beta_tcvae", alpha=0.5, gamma=2.0),
    "beta_tcvae stratified": settings.BetaTCVAE(kind="beta_tcvae", estimator="stratified"),
    "factorvae": settings.FactorVAE(kind="factorvae", critic=SMALL),
    "dip_vae I": settings.DIPVAE(kind="dip_vae", variant="I"),
    "dip_vae II": settings.DIPVAE(kind="dip_vae", variant="II", ratio=3.0),
    "infovae rbf": settings.InfoVAE(kind="infovae"),
    "infovae imq": settings.InfoVAE(kind="infovae", alpha=0.5, kernel="imq", scales=(0.5, 2.0)),
    "dc_ign": settings.DCIGN(kind="dc_ign", factors=("a", "b")),
    "smooth 1": settings.Smooth(kind="smooth", order=1, weight=2.0),
    "smooth 2": settings.Smooth(kind="smooth", weight=0.5),
    "wae_mmd": settings.WAEMMD(kind="wae_mmd"),
    "wae_gan": settings.WAEGAN(kind="wae_gan", critic=SMALL),
}


@pytest.fixture(params=ALL)
def objective(request):
    return build(ALL[request.param], latent=3, samples=50)


@pytest.fixture
def drawn():
    """Terms, noise and beta of some members, drawn from a seed; the leaves want gradients."""

    def draw(members=3, batch=8, latent=3, seed=0, dtype=torch.float64):
        generator = torch.Generator().manual_seed(seed)

        def normal(*shape):
            return torch.randn(members, batch, *shape, generator=generator, dtype=dtype)

        leaves = {"recon": normal().exp(), "mean": 2 * normal(latent), "logvar": normal(latent) - 1}
        for leaf in leaves.values():
            leaf.requires_grad_()
        beta = torch.linspace(0.5, 4, members, dtype=dtype)
        return leaves, normal(latent), normal(latent), beta

    return draw


@pytest.fixture
def terms():
    """What a model hands to an objective."""

    def complete(leaves, noise):
        mean, logvar = leaves["mean"], leaves["logvar"]
        follows = torch.ones(mean.shape[:2], dtype=torch.bool)
        follows[:, ::5] = False  # runs of five
        z = mean + (0.5 * logvar).exp() * noise
        return {**leaves, "z": z, "kl": gaussian_kl(mean, logvar), "follows": follows}

    return complete


@pytest.fixture
def critic():
    """Weights of the critics of some members; none for an objective without one."""

    def draw(objective, members=3, seed=1, dtype=torch.float64):
        generator = torch.Generator().manual_seed(seed)
        return {
            name: (0.7 * torch.randn(members, *shape, generator=generator, dtype=dtype)).requires_grad_()
            for name, shape in objective.shapes.items()
        }

    return draw
