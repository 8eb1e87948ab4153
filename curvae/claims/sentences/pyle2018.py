"""Pyle (2018), Project Writeup: latent spaces, and a bouncing ball predicted in one."""

from curvae.claims.sentences.sentence import said_in

said = said_in("Pyle 2018", "pyle2018")

SENTENCES = (
    said(
        *("prior", "section 1", "Codes need not fall as N(0, I) says: a flow describes them better than the prior."),
        "density.*.prior",
    ),
    said(
        *("other_priors", "section 1", "Mapping to another fixed distribution is harder than to N(0, I)."),
        reason="it says neither which distribution nor what is hard about it; every prior here is N(0, I)",
    ),
    said(
        *("flows", "section 1", "A flow makes N(0, I) a more useful latent space and improves the outputs."),
        see="pyle2019.iaf",
    ),
    said(
        *("beta", "section 1", "Weighing the KL divergence more makes latents independent and disentangles."),
        see="konuk2018.independence",
    ),
    said(
        *("beta_vae", "section 1", "A beta-VAE finds and disentangles factors better than a VAE."),
        see="konuk2018.beta_vae",
    ),
    said(
        *("beta_infogan", "section 1", "A beta-VAE disentangles better than InfoGAN."),
        "disentanglement.infogan",
    ),
    said(
        *("emptiness", "section 1", "Points without data are harder to travel through, as if they were farther away."),
        see="pyle2019.walks",
    ),
    said(
        *("detours", "section 1", "Interpolation should go around such regions, not straight through."),
        see="pyle2019.empty",
    ),
    said(
        *("easier", "section 2", "Few latents are easier to predict from than what they encode."),
        reason="no predictor of pixels is trained that latents could be compared with",
    ),
    said(
        *("approximators", "section 2", "Recurrent networks approximate many systems very well, and so latent states."),
        "ball.predictable",
    ),
    said(
        *("reconstructs", "section 2", "The predicted films show a ball of light that resembles the true one."),
        *("ball.light", "ball.shape"),
    ),
    said(
        *("size", "section 2", "Three latents are the fewest that reconstruct the ball accurately."),
        "ball.size_*",
    ),
    said(*("bounces", "section 2", "The predicted ball bounces off the walls."), "ball.bounces"),
    said(*("momentum", "section 2", "The predicted ball approximately conserves its momentum."), "ball.momentum"),
    said(*("morphs", "section 2", "Now and then the ball morphs from one point to another."), "ball.morphs"),
    said(
        *("wanders", "section 2", "The ball often varies its direction instead of going straight on."), "ball.wanders"
    ),
)
