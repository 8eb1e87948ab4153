"""Pyle (2019), Interpolating and Extrapolating in Latent Space, slides."""

from curvae.claims.sentences.sentence import said_in

said = said_in("Pyle 2019", "pyle2019")

SENTENCES = (
    said(
        *("assumption", "VAE latent space issues", "A VAE takes every latent for an independent Gaussian."),
        see="pyle2018.prior",
    ),
    said(
        *("iaf", "posteriors with and without IAF", "With an inverse autoregressive flow the posteriors fit better."),
        "posterior.*",
    ),
    said(
        *("change", "NICE", "Through an invertible f the density of x is that of f(x) times |det df/dx|."),
        reason="an identity, no finding: tests/flows/test_coupling.py holds the determinant, and the integral over x",
    ),
    said(
        *("coupling", "NICE", "An additive coupling layer has unit determinant and is easily inverted."),
        reason="an identity, no finding: tests/flows/test_coupling.py holds it to rounding",
    ),
    said(
        *("expansion", "NICE", "Stacks of such layers expand the latent space around regions of high density."),
        "density.*.expansion",
    ),
    said(
        *("glow_best", "Glow", "Glow is the most powerful of these flows."),
        reason="curvae.flows.glow is the only flow of images that is trained here, so none stands beside it",
    ),
    said(
        *("glow_attributes", "Glow results", "Directions of Glow's codes change single attributes, of faces there."),
        "flow.*",
    ),
    said(
        *("disentangled", "informative latents", "Rewarding independence gives informative latents, as beta-VAE does."),
        see="konuk2018.beta_vae",
    ),
    said(
        *("dependence", "beta-VAE", "Independent latents correlate with disentanglement."),
        "disentanglement.dependence",
    ),
    said(
        *("larger_beta", "beta-VAE", "Values of beta above 1 promote disentangled representations."),
        see="konuk2018.beta_vae",
    ),
    said(
        *("faces", "beta-VAE results", "Single latents of a beta-VAE encode skin colour, age and gender, saturation."),
        reason="no photographs of faces are among the data; latents of sprites are judged under konuk2018.beta_vae",
    ),
    said(
        *("not_straight", "extrapolation", "To move well through latent space takes more than a straight line."),
        "geometry.shorter",
    ),
    said(
        *("metric", "latent space geometry", "J'J gives the decoded distance of two infinitely near codes."),
        reason="an identity, no finding: tests/geometry/test_metric.py holds it to rounding",
    ),
    said(
        *("positive", "latent space geometry", "J'J is symmetric and positive definite, so a Riemannian metric."),
        reason="an identity where J has full rank, no finding: tests/geometry/test_metric.py holds it",
    ),
    said(
        *("expected_metric", "latent space geometry", "A VAE's expected metric adds the Jacobians of mean and s.d."),
        reason="an identity, no finding: tests/geometry/test_metric.py compares it with sampled Jacobians",
    ),
    said(
        *("solvable", "latent space geometry", "The way of least distance between any two points can be found."),
        *("geometry.solved", "geometry.least"),
    ),
    said(
        *("empty", "figure 3", "Shortest ways follow the data; straight lines cross empty space."),
        "geometry.less_empty",
    ),
    said(*("kmeans", "figure 6", "Riemannian k-means finds the classes better than Euclidean."), "geometry.km*"),
    said(
        *("neighbours", "figure 6", "Seven Riemannian neighbours classify better than seven Euclidean ones."),
        "geometry.neighbours",
    ),
    said(
        *("land", "figure 9", "Riemannian mixtures (LAND) describe codes better than Gaussian mixtures."),
        "geometry.land",
    ),
    said(*("walks", "figure 10", "Random walks by the metric stay near the data."), "geometry.walks*"),
    said(
        *("time_series", "RNNs", "Recurrent networks are much used to generate and predict time series."),
        reason="a statement about the literature",
    ),
    said(
        *("climate", "climate learning", "Recurrent networks learn a system's climate, such as Lyapunov exponents."),
        *(f"climate.*.{what}" for what in ("largest", "spectrum", "dimension", "return_map")),
    ),
    said(
        *("latent_sizes", "varying latent dimensions", "What the ball's images show depends on the number of latents."),
        see="pyle2018.size",
    ),
    said(
        *("likely", "likely changes", "Some changes of the latents are likely, others are not."),
        "directions.*",
    ),
    said(
        *("future", "future movements", "The ball's future can be predicted in latent space."),
        see="pyle2018.reconstructs",
    ),
)
