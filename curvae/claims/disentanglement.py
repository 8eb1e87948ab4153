"""What the study asserts about disentanglement: a published table, and the parts of the KL divergence."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from curvae.claims.claim import Claim, Evidence, NotTestable, gains, judge_all, require
from curvae.scores.agreement import spearman_interval
from curvae.words import counted

TABLE, SPLIT, CRITIC, SLIDES = "Higgins et al. 2017", "Chen et al. 2018", "Kim & Mnih 2018", "Konuk 2018"


def disentanglement_claims(
    members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame, seed: int = 0
) -> list[dict[str, Any]]:
    """One row a claim; a seed of the sweep is one value, and members that share it are compared with each other.

    Args:
        members: one row a member, protocol and run: protocol, objective (its kind), row ("VAE", "beta-VAE" ...), beta,
            seed, value in [0, 1].
        baselines: the same of representations that no member gives: protocol, representation, seed, value.
        kl_terms: one row a member: objective, beta, seed, mi, tc, dwkl, kl, kl_sampled, kl_error [nats], saturated
            (mi is at its most, the logarithm of the number of images), kl_most, kl_least (of its latents).
        seed: of the bootstrap.

    Raises:
        ValueError: a column is missing.
    """
    require("members", members, ("protocol", "objective", "row", "beta", "seed", "value"))
    require("baselines", baselines, ("protocol", "representation", "seed", "value"))
    require("kl_terms", kl_terms, ("objective", "beta", "seed", "mi", "tc", "dwkl", "kl", "kl_sampled", "kl_error"))
    require("kl_terms", kl_terms, ("kl_most", "kl_least", "saturated"))
    return judge_all(CLAIMS, members, baselines, kl_terms, seed=seed)


def ground_truth(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
    """Lowest accuracy on the true factors, over protocols and runs."""
    found = baselines.loc[baselines["representation"] == "ground_truth", "value"]
    if found.empty:
        raise NotTestable("the true factors were not scored")
    return Evidence([100 * found.min(skipna=False)], counted(len(found), "run"), "pool")


def beyond_untrained(protocol: str) -> Any:
    """Measure of the VAE's accuracy less that of its initial weights, a seed each."""

    def measure(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
        untrained = baselines[baselines["representation"] == "untrained"]
        return Evidence(gains(_by_seed(members, protocol, row="VAE"), _by_seed(untrained, protocol)))

    return measure


def beyond_vae(protocol: str) -> Any:
    """Measure of the beta-VAE's accuracy less the VAE's, a seed each."""

    def measure(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
        better, note = _chosen(members[members["row"] == "beta-VAE"], protocol, "member with beta above 1")
        return Evidence(gains(better, _by_seed(members, protocol, row="VAE")), note)

    return measure


def beyond_infogan(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
    """The beta-VAE's accuracy less that of an InfoGAN, a seed each, paper-like protocol."""
    better, note = _chosen(members[members["row"] == "beta-VAE"], "paper", "member with beta above 1")
    theirs, said = _chosen(members[members["objective"] == "infogan"], "paper", "InfoGAN")
    return Evidence(gains(better, theirs), f"{note}; InfoGAN {said}")


def beyond_vae_by(objective: str, protocol: str) -> Any:
    """Measure of the accuracy of an objective less the VAE's, a seed each."""

    def measure(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
        theirs, note = _chosen(members[members["objective"] == objective], protocol, f"member of {objective}")
        return Evidence(gains(theirs, _by_seed(members, protocol, row="VAE")), note)

    return measure


def beyond_baseline(row: str, name: str) -> Any:
    """Measure of the accuracy of the VAE or the beta-VAE, a seed each, less the mean of a baseline."""

    def measure(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
        found, note = _chosen(members[members["row"] == row], "paper", f"member that is a {row}")
        rest = _by_seed(baselines[baselines["representation"] == name], "paper")
        if rest.empty:
            raise NotTestable(f"{name} was not scored")
        return Evidence(found - rest.mean(), f"{row} {found.mean():.1f} %, {name} {rest.mean():.1f} %; {note}")

    return measure


def apart_from_beta_vae(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
    """Distance of a DC-IGN's accuracy from the beta-VAE's, a seed each, paper-like protocol."""
    better, note = _chosen(members[members["row"] == "beta-VAE"], "paper", "member with beta above 1")
    theirs, _ = _chosen(members[members["objective"] == "dc_ign"], "paper", "DC-IGN")
    return Evidence(
        np.abs(gains(theirs, better)), f"DC-IGN {theirs.mean():.1f} %, beta-VAE {better.mean():.1f} %; {note}"
    )


def correlation_falls_by(objective: str) -> Any:
    """Measure of the total correlation of a VAE less that of an objective's members, a seed each."""

    def measure(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
        vae = kl_terms[(kl_terms["objective"] == "elbo") & (kl_terms["beta"] == 1)]
        theirs = kl_terms[kl_terms["objective"] == objective]
        largest = theirs["beta"].max()
        theirs = theirs[theirs["beta"] == largest]
        said = _unsaturated({"the VAE": vae, f"beta = {largest:g}": theirs})
        parts = [part.groupby("seed")["tc"].mean() for part in (vae, theirs)]
        return Evidence(gains(*parts), f"beta = {largest:g}{said}")

    return measure


def falls_with_beta(part: str) -> Any:
    """Measure of a part of the KL divergence at beta = 1 less that at the largest beta, a seed each."""

    def measure(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
        vaes = kl_terms[kl_terms["objective"] == "elbo"]
        largest = vaes["beta"].max()
        if not (vaes["beta"] == 1).any() or largest <= 1:
            raise NotTestable("no member with beta = 1 beside one with a larger beta")
        sides = {f"beta = {beta:g}": vaes[vaes["beta"] == beta] for beta in (1.0, largest)}
        said = "" if part == "kl" else _unsaturated(sides)  # the whole has a closed form
        terms = [side.groupby("seed")[part].mean() for side in sides.values()]
        return Evidence(gains(*terms), f"beta = 1 and {largest:g}{said}")

    return measure


def unequal(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
    """KL of the latent that carries most over that of the one that carries least, at the largest beta, a seed each."""
    vaes = kl_terms[(kl_terms["objective"] == "elbo") & (kl_terms["beta"] > 1)]
    if vaes.empty:
        raise NotTestable("no member with beta above 1")
    rows = vaes[vaes["beta"] == vaes["beta"].max()].groupby("seed")[["kl_most", "kl_least"]].mean()
    most, least = rows["kl_most"].median(), rows["kl_least"].median()
    return Evidence(
        rows["kl_most"] / rows["kl_least"], f"beta = {vaes['beta'].max():g}; {most:.2f} and {least:.2f} nats"
    )


def dependence(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
    """Rank correlation of total correlation and accuracy, paper-like protocol, over all autoencoders.

    Its interval (`spearman_interval`) takes these as independent draws.
    """
    keys = ["objective", "beta", "seed"]
    scored = members[(members["protocol"] == "paper") & (members["objective"] != "infogan")]
    both = pd.concat([scored.groupby(keys)["value"].mean(), kl_terms.groupby(keys)[["tc", "saturated"]].mean()], axis=1)
    both = both.dropna()
    if len(both) < 4:
        said = counted(len(both), "autoencoder has", "autoencoders have")
        raise NotTestable(f"{said} both a total correlation and a score; 4 are the fewest")
    full = int((both["saturated"] > 0.5).sum())
    if full == len(both):
        raise NotTestable("mutual information is at its most everywhere: total correlation holds what it cannot")
    if (np.ptp(both[["tc", "value"]], axis=0) == 0).any():
        raise NotTestable("all autoencoders have the same total correlation, or the same score")
    said = f"{len(both)} autoencoders; of {full} the mutual information is at its most"
    rho = float(spearmanr(both["tc"], both["value"]).statistic)
    interval = spearman_interval(rho, len(both)) if abs(rho) < 1 else (rho, rho)
    return Evidence([rho], said, "pool", interval)


def pca_over(other: str) -> Any:
    """Measure of PCA's accuracy less that of each replica of another representation, of the VAE or an InfoGAN."""

    def measure(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
        pca, rest = (_by_seed(baselines[baselines["representation"] == name], "paper") for name in ("pca", other))
        if other == "VAE":
            rest = _by_seed(members, "paper", row="VAE")
        if other == "InfoGAN":
            rest, _ = _chosen(members[members["objective"] == "infogan"], "paper", "InfoGAN")
        if pca.empty or rest.empty:
            raise NotTestable(f"{'PCA' if pca.empty else other} was not scored")
        return Evidence(pca.mean() - rest, f"PCA {pca.mean():.1f} %, {other} {rest.mean():.1f} %")

    return measure


def parts_add_up(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
    """Largest distance of the sampled parts' sum from the KL in closed form, in its standard errors, over members."""
    known = kl_terms.dropna(subset=["kl_sampled", "kl", "kl_error"])
    if known.empty:
        raise NotTestable("no member has a decomposition")
    apart = (known["kl_sampled"] - known["kl"]).abs()
    said = f"{len(known)} of {counted(len(kl_terms), 'member')}, {apart.max():.2g} nats at most"
    return Evidence([(apart / known["kl_error"]).max()], said, "pool")


def parts_are_the_kl(members: pd.DataFrame, baselines: pd.DataFrame, kl_terms: pd.DataFrame) -> Evidence:
    """Largest distance of the parts' sum from the KL in closed form, over members that have a decomposition."""
    apart = (kl_terms[["mi", "tc", "dwkl"]].sum(axis=1, skipna=False) - kl_terms["kl"]).abs().dropna()
    if apart.empty:
        raise NotTestable("no member has a decomposition")
    return Evidence([apart.max()], f"{len(apart)} of {counted(len(kl_terms), 'member')}", "pool")


def _unsaturated(sides: dict[str, pd.DataFrame]) -> str:
    """What to say where the mutual information of most members of one side is at its most.

    Raises:
        NotTestable: it is on both sides.
    """
    full = [name for name, rows in sides.items() if rows["saturated"].mean() > 0.5]
    if len(full) > 1:
        raise NotTestable("mutual information is at its most on both sides: total correlation holds what it cannot")
    return f"; {full[0]}: mutual information at its most, total correlation holds what it cannot" if full else ""


def _by_seed(table: pd.DataFrame, protocol: str, row: str | None = None) -> pd.Series:
    """Mean accuracy over runs, a seed each [%]."""
    rows = table[(table["protocol"] == protocol) & ((table["row"] == row) if row else True)]
    return 100 * rows.groupby("seed")["value"].mean()


def _chosen(rows: pd.DataFrame, protocol: str, what: str) -> tuple[pd.Series, str]:
    """Accuracy of each seed at the beta of the highest mean over the other seeds [%], and which were tried.

    Chosen on the seed itself, the best of several equal beta would beat them by luck.
    """
    rows = rows[rows["protocol"] == protocol]
    if rows.empty:
        raise NotTestable(f"no {what}")
    found = 100 * rows.pivot_table(index="seed", columns="beta", values="value", dropna=False)
    tried = ", ".join(f"{beta:g}" for beta in found.columns)
    if found.shape[1] == 1:
        return found.iloc[:, 0], f"beta = {tried}"
    sound = found.dropna(how="all")  # of the others every member diverged: they count, and choose nothing
    if len(sound) < 2:
        raise NotTestable(f"one seed cannot choose among beta = {tried}")
    others = pd.DataFrame({seed: sound.drop(index=seed, errors="ignore").mean() for seed in found.index}).T
    best = others.idxmax(axis=1)
    values = pd.Series({seed: found.loc[seed, best[seed]] for seed in found.index})
    counts = best.value_counts().sort_index()
    said = ", ".join(f"{beta:g} for {count}" for beta, count in counts.items())
    return values, f"beta chosen among {tried} by the other seeds: {said}"


def _table(key: str, sentence: str, statistic: str, threshold: float = 0.0, unit: str = "percentage points") -> Claim:
    return Claim(f"disentanglement.{key}", TABLE, sentence, statistic, unit, ">=", threshold)


def _objective(kind: str, source: str, name: str, protocol: str) -> Claim:
    ending, said = ("", "paper-like protocol") if protocol == "paper" else ("_dlib", "preset dlib")
    sentence = f"A penalty on the total correlation disentangles: a {name} scores at least as high as a VAE."
    statistic = f"accuracy gained, {said}"
    return Claim(f"disentanglement.{kind}{ending}", source, sentence, statistic, "percentage points", ">=", 0.0)


_SUPERVISED = "Batches that vary one factor disentangle: a DC-IGN scores at least as high as a VAE."
_LEARNT = "Training disentangles: a VAE scores higher than the same network untrained."
_BETA = "A larger weight of the KL divergence disentangles: a beta-VAE scores at least as high as a VAE."

CLAIMS = (
    (
        _table("ground_truth", "The metric gives the true factors 100 %.", "lowest accuracy over runs", 100.0, "%"),
        ground_truth,
    ),
    *(
        (
            _table(f"pca_{name.lower()}", f"PCA scores at least as high as {said}.", "accuracy, PCA less the other"),
            measure,
        )
        for name, said, measure in (
            ("pixels", "raw pixels", pca_over("pixels")),
            ("ica", "ICA", pca_over("ica")),
            ("VAE", "a VAE", pca_over("VAE")),
            ("InfoGAN", "an InfoGAN", pca_over("InfoGAN")),
        )
    ),
    *(
        (
            _table(key, f"A {row} scores at least as high as {said}.", f"accuracy, {row} less the other"),
            beyond_baseline(row, name),
        )
        for key, row, said, name in (
            ("vae_pixels", "VAE", "raw pixels", "pixels"),
            ("vae_ica", "VAE", "ICA", "ica"),
            ("beta_pca", "beta-VAE", "PCA", "pca"),
        )
    ),
    (_table("learnt", _LEARNT, "accuracy gained, paper-like protocol"), beyond_untrained("paper")),
    (_table("learnt_dlib", _LEARNT, "accuracy gained, preset dlib"), beyond_untrained("dlib")),
    (_table("beta", _BETA, "accuracy gained, paper-like protocol"), beyond_vae("paper")),
    (_table("beta_dlib", _BETA, "accuracy gained, preset dlib"), beyond_vae("dlib")),
    (
        _table("infogan", "A beta-VAE scores at least as high as an InfoGAN.", "accuracy gained, paper-like protocol"),
        beyond_infogan,
    ),
    (
        _table("infogan_vae", "An InfoGAN scores at least as high as a VAE.", "accuracy gained, paper-like protocol"),
        beyond_vae_by("infogan", "paper"),
    ),
    (
        Claim(
            *("disentanglement.dc_ign_beta", TABLE),
            "A DC-IGN, which knows the factors, and a beta-VAE, which does not, score about the same.",
            "distance of their accuracies, paper-like protocol",
            *("percentage points", "<=", 2.0),
        ),
        apart_from_beta_vae,
    ),
    (_table("dc_ign", _SUPERVISED, "accuracy gained, paper-like protocol"), beyond_vae_by("dc_ign", "paper")),
    *(
        (_objective(kind, source, name, protocol), beyond_vae_by(kind, protocol))
        for kind, source, name in (("beta_tcvae", SPLIT, "beta-TCVAE"), ("factorvae", CRITIC, "FactorVAE"))
        for protocol in ("paper", "dlib")
    ),
    *(
        (
            Claim(
                *(f"disentanglement.{kind}_total_correlation", source),
                f"The latents of a {name} are less dependent than those of a VAE.",
                "total correlation lost, VAE to the largest beta",
                *("nats", ">=", 0.0),
            ),
            correlation_falls_by(kind),
        )
        for kind, source, name in (("beta_tcvae", SPLIT, "beta-TCVAE"), ("factorvae", CRITIC, "FactorVAE"))
    ),
    (
        Claim(
            *("disentanglement.total_correlation", SPLIT),
            "A larger weight of the KL divergence makes the latents less dependent.",
            "total correlation lost from beta = 1 to the largest beta",
            *("nats", ">=", 0.0),
        ),
        falls_with_beta("tc"),
    ),
    (
        Claim(
            *("disentanglement.information", SPLIT),
            "A larger weight of the KL divergence takes information about the image away.",
            "mutual information lost from beta = 1 to the largest beta",
            *("nats", ">=", 0.0),
        ),
        falls_with_beta("mi"),
    ),
    (
        Claim(
            *("disentanglement.space", SLIDES),
            "A larger weight of the KL divergence leaves the codes less space.",
            "KL divergence lost from beta = 1 to the largest beta",
            *("nats", ">=", 0.0),
        ),
        falls_with_beta("kl"),
    ),
    (
        Claim(
            *("disentanglement.unequal", TABLE),
            "The latents of a beta-VAE make different contributions: some carry much more than others.",
            "KL of the latent that carries most over that of the least, of those with .01 nats or more",
            *("1", ">=", 2.0),
        ),
        unequal,
    ),
    (
        Claim(
            *("disentanglement.dependence", "Pyle 2019"),
            "The less dependent the latents of an autoencoder are, the better it disentangles.",
            "rank correlation of total correlation and accuracy over autoencoders, paper-like protocol",
            *("1", "<=", -0.5),
        ),
        dependence,
    ),
    (
        Claim(
            *("disentanglement.split", SPLIT),
            "Mutual information, total correlation and dimension-wise KL add up to the KL divergence.",
            "largest distance of the sampled parts' sum from the KL in closed form, over members",
            *("standard errors", "<=", 4.0),
        ),
        parts_add_up,
    ),
    (
        Claim(
            *("disentanglement.split_exact", SPLIT),
            "Mutual information, total correlation and dimension-wise KL of every member are its KL divergence.",
            "largest |MI + TC + dimension-wise KL - KL| over members",
            *("nats", "<=", 1e-4),
        ),
        parts_are_the_kl,
    ),
)
