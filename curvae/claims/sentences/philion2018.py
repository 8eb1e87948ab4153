"""Philion (2018), Latent Variables: MNIST by a VAE, a GAN and a convolutional VAE."""

from curvae.claims.sentences.sentence import said_in

said = said_in("Philion 2018", "philion2018")

SENTENCES = (
    said(
        *("kingma", "section 2", "Cross-entropy plus KL is the loss of Kingma and Welling's equation 10."),
        reason="an identity, no finding: tests/objectives/test_elbo.py holds it to rounding",
    ),
    said(
        *("losses", "figure 1", "After 40 epochs the losses are about 139 nats and 6.1 nats."),
        *("digits.cross_entropy", "digits.kl"),
    ),
    said(*("separate", "figure 2", "The VAE separates the digits without ever seeing a label."), "digits.separation"),
    said(
        *("gaussian", "figure 2", "All codes together are roughly Gaussian about the origin."),
        *("digits.gaussian", "digits.origin"),
    ),
    said(
        *("through", "figure 3", "Between two digits an interpolation passes through others, as the map shows."),
        "digits.through",
    ),
    said(*("slant", "figure 4", "In a sense one latent encodes the angle of the digit."), "axes.slant"),
    said(
        *("small_latents", "section 3", "A GAN with few latents is difficult to train."),
        reason="no run trains one GAN with few latents beside one with many",
    ),
    said(*("smooth", "figure 6", "The GAN's digits are not as smooth as the VAE's."), "generation.smooth"),
    said(*("fuzzy", "figure 6", "The GAN's digits are less fuzzy than the VAE's."), "generation.fuzzy"),
    said(
        *("somewhat", "figure 7", "The GAN's latent space is at least somewhat smooth."),
        "generation.somewhat",
    ),
    said(*("alike", "section 4", "The convolutional VAE's digits look about the same."), "generation.alike"),
    said(
        *("conv_separate", "figure 9", "The convolutional VAE separates the digits without a label, too."),
        "digits.conv_separation",
    ),
    said(
        *("conv_gaussian", "figure 9", "Its codes are roughly Gaussian about the origin, too."),
        *("digits.conv_gaussian", "digits.conv_origin"),
    ),
    said(*("conv_grid", "figure 11", "Its latent grid looks similar to the VAE's."), "digits.conv_grid"),
)
