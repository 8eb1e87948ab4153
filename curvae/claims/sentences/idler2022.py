"""Idler (2022), the uniform square through a variational autoencoder."""

from curvae.claims.sentences.sentence import said_in

said = said_in("Idler 2022", "idler2022")

SENTENCES = (
    said(
        *("continuous", "section 2.1", "Similar inputs get similar codes: the latent space is one piece."),
        see="idler2022.quadrants",
    ),
    said(
        *("bound", "section 2.2", "The evidence lower bound is ln p(x) less a KL divergence."),
        reason="an identity, no finding: tests/models/test_posterior.py holds it where ln p(x) is known",
    ),
    said(
        *("images", "section 2.2", "On images the likelihood can outweigh the KL divergence; here it is the reverse."),
        "square.range_*",
        "square.cells_*",
    ),
    said(
        *("annealing", "section 2.2", "Raising beta from 0 to 1 gives no satisfying result: a small, fixed beta does."),
        "square.collapse_*",
    ),
    said(
        *("diamond", "section 3.2", "A weight penalty turns codes halfway from uniform to Gaussian into a diamond."),
        "square.between*",
        "square.diamond*",
    ),
    said(
        *("penalty", "section 3.2", "At a penalty of 0.25 the reconstruction has no values close to zero."),
        "square.penalty_range",
    ),
    said(
        *("quadrants", "section 3.2", "Points of a quadrant stay together, up to a rotation or reflection."),
        "square.quadrants",
    ),
    said(
        *("ten_times", "section 3.2", "Ten times the KL weight and values close to zero and one are gone."),
        see="idler2022.images",
    ),
    said(
        *("bands", "section 3.2", "With both penalties the reconstruction breaks down: quadrants become bands."),
        *("square.latent_dies", "square.latent_lives", "square.bands"),
    ),
    said(
        *("gaussian", "section 3.2", "A larger KL weight makes the codes look more Gaussian."),
        "square.gaussian*",
    ),
    said(
        *("one_latent", "section 3.2", "One latent loses the square in the same way when the penalties grow."),
        *("square.snake_beta", "square.snake_lam"),
    ),
    said(
        *("snake", "section 3.2", "At a low KL weight one latent runs through the square like a snake."),
        *("square.snake_mse", "square.snake_turns", "square.snake_length"),
    ),
)
