import numpy as np
import pytest
import torch
from scipy.stats import ortho_group, spearmanr
from sklearn.linear_model import Lasso

from curvae.scores.discretise import standardise
from curvae.scores.udr import agreement, latent_kl, udr


def white(n=500, d=5, seed=0):
    """Uncorrelated latents, their ranks nearly so."""
    values = np.random.default_rng(seed).normal(size=(n, d))
    return np.linalg.qr(values - values.mean(axis=0))[0] * np.sqrt(n)


def naive(similarity):
    rows, columns = similarity.shape
    total = 0.0
    for a in range(rows):
        total += max(similarity[a]) ** 2 / sum(similarity[a]) if sum(similarity[a]) else 0
    for b in range(columns):
        total += max(similarity[:, b]) ** 2 / sum(similarity[:, b]) if sum(similarity[:, b]) else 0
    return total / (rows + columns)


def test_one_latent_permuted_and_reflected_scores_one():
    column = np.random.default_rng(1).normal(size=(200, 1))
    ranking = udr([column, -3 * column, np.exp(column)])
    np.testing.assert_allclose(ranking.value, 1, atol=1e-12)
    assert np.isnan(np.diag(ranking.details["pairs"])).all()


def test_permuted_and_reflected_copies_score_one():
    # a complete grid: rank correlations of different latents vanish
    grid = np.stack(np.meshgrid(range(3), range(4), range(5), indexing="ij"), axis=-1).reshape(-1, 3) * 1.0
    ranking = udr([grid, -grid[:, [2, 0, 1]], np.exp(grid) * [1, -1, 1]])
    np.testing.assert_allclose(ranking.value, 1, atol=1e-12)
    np.testing.assert_allclose(ranking.details["pairs"][~np.eye(3, dtype=bool)], 1, atol=1e-12)


def test_the_lasso_shrinks_copies_by_its_penalty():
    codes = white()
    ranking = udr([codes, 4 - 7 * codes[:, [2, 0, 1, 4, 3]]], similarity="lasso")
    np.testing.assert_allclose(ranking.value, 0.9, atol=1e-10)


@pytest.mark.parametrize("similarity", ["spearman", "lasso"])
def test_rotated_members_score_lower(similarity):
    codes = white(n=2_000)
    copies = [codes[:, np.random.default_rng(i).permutation(5)] for i in range(3)]
    turned = [codes @ ortho_group.rvs(5, random_state=i) for i in range(3)]
    ranking = udr(copies + turned, similarity=similarity)
    alone = udr(turned, similarity=similarity)
    assert (udr(copies, similarity=similarity).value > 0.85).all()
    assert (alone.value < 0.45).all()
    assert ranking.details["pairs"][0, 1] > 0.8 > ranking.details["pairs"][0, 4]


@pytest.mark.parametrize("similarity", ["spearman", "lasso"])
def test_pairs_agree_with_the_definition(similarity):
    rng = np.random.default_rng(2)
    codes = [rng.normal(size=(300, 4)), rng.normal(size=(300, 3))]
    codes.append(np.hstack([codes[0] @ rng.normal(size=(4, 2)), codes[1][:, :1] ** 3]))
    ranking = udr(codes, similarity=similarity)
    for i, first in enumerate(codes):
        for j, second in enumerate(codes):
            if i == j:
                continue
            if similarity == "spearman":
                table = abs(np.array([[spearmanr(a, b)[0] for b in second.T] for a in first.T]))
            else:
                targets = standardise(second).T
                table = abs(np.stack([Lasso(alpha=0.1).fit(standardise(first), b).coef_ for b in targets], axis=1))
            assert ranking.details["pairs"][i, j] == pytest.approx(naive(table), abs=1e-6)
    for j in range(3):
        assert ranking.value[j] == np.median(np.delete(ranking.details["pairs"][:, j], j))
    if similarity == "spearman":
        np.testing.assert_allclose(ranking.details["pairs"], ranking.details["pairs"].T, atol=1e-12)


def test_uninformative_latents_take_no_part():
    codes = white()
    noise = np.random.default_rng(3).normal(size=(3, 500, 2))
    members = [np.hstack([codes, extra]) for extra in noise]
    kl = [np.array([1.0] * 5 + [0.009] * 2)] * 3
    ranking = udr(members, kl)
    assert [mask.tolist() for mask in ranking.details["informative"]] == [[True] * 5 + [False] * 2] * 3
    np.testing.assert_allclose(ranking.details["pairs"], udr([codes] * 3).details["pairs"], atol=1e-12)
    assert (udr(members).value < ranking.value).all()
    assert udr(members, kl, threshold=0.001).details["informative"][0].all()


@pytest.mark.parametrize("similarity", ["spearman", "lasso"])
def test_collapsed_members_score_zero(similarity):
    codes = white()
    ranking = udr([codes, codes, np.full((500, 5), 0.1)], similarity=similarity)
    assert ranking.value[2] == 0
    assert ranking.details["pairs"][0, 1] > 0.8
    np.testing.assert_array_equal(udr([0 * codes, 0 * codes], similarity=similarity).value, 0)
    dead = udr([codes, codes], [np.zeros(5), np.ones(5)], similarity=similarity)
    np.testing.assert_array_equal(dead.value, 0)


def test_intervals_are_percentiles_over_the_pairs_of_a_member():
    rng = np.random.default_rng(5)
    code = white()
    members = [code + spread * rng.normal(size=code.shape) for spread in (0.1, 0.3, 0.6, 1.0, 2.0)]
    ranking = udr(members, seed=1, bootstrap=4_000)
    for j in range(5):
        pairs = np.sort(np.delete(ranking.details["pairs"][:, j], j))
        # the median of 4 draws lies at the lowest of 4 pairs if 3 draws or more do: 13 / 256 > 2.5 %
        low, high = ranking.interval[j]
        assert (low, high) == pytest.approx((pairs[0], pairs[-1]), abs=1e-12)
        assert low <= ranking.value[j] <= high
    np.testing.assert_array_equal(ranking.interval, udr(members, seed=1, bootstrap=4_000).interval)
    assert np.isnan(udr(members, bootstrap=0).interval).all()
    assert np.isnan([ranking.floor, ranking.ceiling]).all()
    assert "no oracle code" in ranking.details["floor_and_ceiling"]


def test_warnings_name_latents_that_took_no_part_and_a_lone_pair():
    codes = np.hstack([white(), np.ones((500, 1))])
    ranking = udr([codes, codes], [np.array([0.001, 1, 1, 1, 1, 0]), np.ones(6)])
    assert np.isnan(ranking.interval).all()
    assert ranking.warnings[0] == (
        "dead dimension: latent 5 is constant",
        "latent 0 is dead: its KL is not above 0.01 nats",
        "no interval: two members have one pair",
    )
    assert udr([codes] * 3).warnings == (("dead dimension: latent 5 is constant",),) * 3


def test_agreement_of_known_tables():
    assert agreement(np.eye(4)) == 1
    assert agreement(np.zeros((2, 3))) == 0
    assert agreement(np.full((2, 2), 0.5)) == pytest.approx(0.25)
    assert agreement(np.array([[1.0, 0, 0]])) == pytest.approx((1 + 1) / 4)


def test_latent_kl_agrees_with_torch():
    rng = np.random.default_rng(4)
    mean, logs = rng.normal(size=(2, 50, 3))
    posterior = torch.distributions.Normal(torch.tensor(mean), torch.tensor(np.exp(logs / 2)))
    exact = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).mean(0)
    np.testing.assert_allclose(latent_kl(mean, logs), exact.numpy(), atol=1e-12)
    with pytest.raises(ValueError, match=r"mean: shape \(50, 3\), log_variance: shape \(50, 2\)"):
        latent_kl(mean, logs[:, :2])


@pytest.mark.parametrize(
    ("codes", "given", "message"),
    [
        ([0], {}, "codes: 1 members: allowed: 2 or more"),
        ([0, 0], {"similarity": "pearson"}, "similarity = 'pearson': allowed: 'spearman', 'lasso'"),
        ([0, 0], {"threshold": -1}, "threshold = -1: allowed: numbers from 0"),
        ([0, 0], {"kl": [np.ones(5)]}, "kl: 1 members: allowed: 2, as of the codes"),
        ([0, 0], {"kl": [np.ones(5), np.ones(4)]}, r"kl\[1\]: shape \(4,\): allowed: \(5,\), one a latent"),
        ([0, 0], {"kl": [np.ones(5), -np.ones(5)]}, r"kl\[1\] = .*: allowed: finite numbers from 0"),
    ],
)
def test_bad_settings_are_refused(codes, given, message):
    with pytest.raises(ValueError, match=message):
        udr([white() for _ in codes], **given)


def test_bad_codes_are_refused():
    with pytest.raises(ValueError, match=r"codes\[1\] have 400 samples, codes\[0\] 500: allowed: the same number"):
        udr([white(), white(400)])
    with pytest.raises(ValueError, match=r"codes\[1\]: row 0 holds nan: allowed: finite"):
        udr([white(), np.full((500, 2), np.nan)])
