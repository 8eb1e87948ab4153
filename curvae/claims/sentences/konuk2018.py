"""Konuk (2018), From Autoencoders to beta-VAE, slides."""

from curvae.claims.sentences.sentence import said_in

said = said_in("Konuk 2018", "konuk2018")

SENTENCES = (
    said(
        *("hungry", "training woes", "Networks need many data, and unlabelled data are cheap."),
        reason="it compares costs of labelling, which the study has none of",
    ),
    said(
        *("pretraining", "training woes", "Layers can be trained one by one, as Boltzmann machines."),
        "deep.*",
    ),
    said(
        *("least_squares", "decoder and least squares", "A layer's inverse is the least-squares one of least norm."),
        reason="an identity, no finding: tests/geometry/test_inversion.py holds it to rounding",
    ),
    said(
        *("directly", "decoder and least squares", "So a decoder can be inverted directly, layer by layer."),
        *("inversion.exact", "inversion.noisy"),
    ),
    said(
        *("level_sets", "minimum norm least squares", "Many inputs give one output, in sets that can be disjoint."),
        "inversion.disjoint",
    ),
    said(
        *("sparse", "generating", "The codes of a plain autoencoder are weird and sparse."),
        *("codes.weird", "codes.sparse"),
    ),
    said(
        *("entangled", "hendog", "Along an entangled direction one person becomes another."),
        reason="no photographs of faces are among the data",
    ),
    said(
        *(
            "convex",
            "hendog",
            "An adversary of interpolations makes latent distributions convex.",
        ),
        "between.*",
    ),
    said(
        *("sampled_codes", "non-regularised codes", "Sampling from the codes of a plain autoencoder can be learnt."),
        *("codes.drawn", "codes.drawn_fifth", "codes.drawn_moments"),
    ),
    said(
        *(
            "earth_mover",
            "non-regularised codes",
            "The best critic's difference of means is the earth mover's distance, which a WGAN lessens.",
        ),
        reason="an identity, no finding: tests/objectives/test_adversarial.py holds it for clouds of known distance",
    ),
    said(
        *("gaussian", "what is an autoencoder", "With a Gaussian likelihood the log-likelihood is a squared error."),
        reason="an identity, no finding: tests/objectives/test_elbo.py holds it to rounding",
    ),
    said(
        *("delta", "what is an autoencoder", "An autoencoder is a VAE whose posterior is a point."),
        reason="an identity, no finding: tests/models/test_posterior.py holds it to rounding",
    ),
    said(
        *("weird", "what is a variational autoencoder", "Without a KL divergence a VAE's codes are weird, too."),
        reason="no autoencoder with a Gaussian posterior has beta = 0; those trained without a KL have a point for it",
    ),
    said(
        *("samples", "latent, be nice", "With a Gaussian prior, decoded draws are reasonable images."),
        *("generation.confidence", "generation.classes"),
    ),
    said(
        *("adversarial", "latent, be nice", "A Wasserstein distance would serve better than the KL divergence."),
        reason="better at what is not said; a WAE by the discrepancy and one by a critic of codes are measured in "
        "results/generation/codes.csv, but no autoencoder of the same networks, data and epochs has a KL divergence",
    ),
    said(
        *("smooth", "benefits of beta", "A larger beta makes the latent space smoother."),
        *("square.smooth", "square.smooth_line"),
    ),
    said(
        *("space", "benefits of beta", "A larger beta leaves the codes less space."),
        "disentanglement.space",
    ),
    said(
        *("contributions", "benefits of beta", "Latents of a beta-VAE contribute differently to the log-likelihood."),
        "disentanglement.unequal",
    ),
    said(
        *("align", "benefits of beta", "Latents of a beta-VAE align with the factors of the data."),
        see="konuk2018.beta_vae",
    ),
    said(
        *("split", "why so disentangled", "The KL divergence is mutual information, total correlation and a rest."),
        *("disentanglement.split", "disentanglement.split_exact"),
    ),
    said(
        *(
            "independence",
            "why so disentangled",
            "A larger beta penalises the total correlation: latents less dependent.",
        ),
        "disentanglement.total_correlation",
    ),
    said(
        *("information", "why so disentangled", "A larger beta also takes information about the image away."),
        "disentanglement.information",
    ),
    said(
        *("truth", "metric and results", "The metric gives the true factors 100 %."),
        "disentanglement.ground_truth",
    ),
    said(
        *("pca", "metric and results", "PCA scores above raw pixels, ICA, a VAE and InfoGAN."),
        "disentanglement.pca_*",
    ),
    said(
        *("beta_pca", "metric and results", "A beta-VAE scores above PCA."),
        "disentanglement.beta_pca",
    ),
    said(
        *("plain", "metric and results", "A VAE scores above raw pixels and ICA."),
        *("disentanglement.vae_pixels", "disentanglement.vae_ica"),
    ),
    said(
        *("dc_ign", "metric and results", "A DC-IGN scores above a VAE, and about as high as a beta-VAE."),
        *("disentanglement.dc_ign", "disentanglement.dc_ign_beta"),
    ),
    said(
        *("infogan", "metric and results", "InfoGAN scores above a VAE, 73.5 % against 61.58 %."),
        "disentanglement.infogan_vae",
    ),
    said(
        *("infogan_beta", "metric and results", "InfoGAN scores below a beta-VAE."),
        see="pyle2018.beta_infogan",
    ),
    said(
        *("learnt", "metric and results", "A VAE scores above its untrained self."),
        *("disentanglement.learnt", "disentanglement.learnt_dlib"),
    ),
    said(
        *("beta_vae", "metric and results", "A beta-VAE scores above a VAE."),
        *("disentanglement.beta", "disentanglement.beta_dlib"),
    ),
    said(
        *(
            "ring",
            "why so Gaussian",
            "g(z) = z / 10 + z / |z| makes a ring of a Gaussian; a VAE's decoder can learn it.",
        ),
        "ring.*",
    ),
)
