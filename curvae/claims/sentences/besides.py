"""What no source asserts, and is checked all the same: theory, and sources of the sources."""

from curvae.claims.sentences.sentence import said_in

said = said_in("Besides", "besides")

SENTENCES = (
    said(
        *("closed_form", "Lucas et al. 2019", "Each latent of the square carries the KL that linear theory says."),
        "square.closed_form",
    ),
    said(
        *("trace", "Pathak et al. 2017", "All exponents of the true system add up to its divergence."),
        "climate.trace",
    ),
    said(
        *(
            "whole",
            "beside Konuk 2018",
            "Least squares on a whole decoder stands noise that its layers do not.",
        ),
        "inversion.whole",
    ),
    said(
        *("thickness", "beside Philion 2018, figure 4", "The other latent encodes how thick the strokes are."),
        "axes.thickness",
    ),
    said(
        *("tcvae", "Chen et al. 2018", "A penalty on the total correlation disentangles: beta-TCVAE."),
        "disentanglement.beta_tcvae*",
    ),
    said(
        *("factorvae", "Kim & Mnih 2018", "A penalty on the total correlation disentangles: FactorVAE."),
        "disentanglement.factorvae*",
    ),
)
