"""Training of small variational autoencoders, compiled: one network after the other, in the processor's caches.

What is compiled is kept on disk as long as this file stays the same: hence nothing of the package is imported here but
the decorator.

Samples lie side by side, [unit, sample]. Units are padded to a multiple of `TILE` and samples to one of `LANES`, so
that no loop has a rest; weights and slopes of the padding are zero.
"""

from functools import partial

import numpy as np

from curvae import jit

# not a number has to stay what it is
compiled = partial(jit.compiled, fastmath=frozenset({"reassoc", "contract", "arcp", "nsz"}))

TILE, LANES = 4, 8  # units and samples that a loop takes at a time


@compiled
def padded(count, unit):
    """The next multiple of `unit`."""
    return -(-count // unit) * unit


@compiled
def trained(first, last, networks, data, place, plan, rules, totals):
    """Train members first to last - 1 by some steps, in place.

    Args:
        first: member.
        last: one more than the last member.
        networks: weights and Adam's first and second moments, each [member, layer, width + 1, width]; layers are the
            encoder's and then the decoder's, [in, out] with the bias in the last row.
        data: samples [sample, feature], their order [seed, sample], each member's place among the seeds, and normal
            numbers [seed, sample, latent].
        place: first sample, number of steps, samples a step.
        plan: sizes [layer, 2], the encoder's layers, slopes of the two activations below zero.
        rules: beta [step, member], lam, whether it is frozen and learning rate [member], decay of the two moments, what
            is added to the root of the second, and what they are to be divided by [step, 2].
        totals: sums to add to, of squared errors [member], divergences [member, latent] and losses [member].
    """
    weights, first_moments, second_moments = networks
    x, order, row, noise = data
    begin, steps, batch = place
    sizes, encoder = plan[:2]
    beta, lam, frozen, rate, decay, eps, corrections = rules
    recon_total, kl_total, loss_total = totals
    layers, width = len(sizes), weights.shape[3]
    like = weights.dtype.type
    encoder_leak, decoder_leak = like(plan[2]), like(plan[3])
    by = np.zeros((layers, width + 1, width), weights.dtype)
    # the input and what the layers put out, the draw between encoder and decoder
    h = np.zeros((layers + 2, width, padded(batch, LANES)), weights.dtype)
    slope, other = np.zeros_like(h[0]), np.zeros_like(h[0])
    inputs, code, draw, outputs = h[0], h[encoder], h[encoder + 1], h[layers + 1]
    features, latent = x.shape[1], noise.shape[2]
    for k in range(first, last):
        w = weights[k]
        for step in range(steps):
            at = begin + step * batch
            count = min(batch, len(x) - at)
            lanes = padded(count, LANES)
            for s in range(lanes):
                for i in range(features):
                    inputs[i, s] = x[order[row[k], at + s], i] if s < count else 0
            for layer in range(encoder):
                _affine(w[layer], h[layer], h[layer + 1], sizes[layer], lanes)
                if layer < encoder - 1:
                    _activate(h[layer + 1], encoder_leak, sizes[layer, 1], lanes)
            divergence = _draw(code, noise[row[k], at : at + count], draw, kl_total[k], lanes)
            for layer in range(encoder, layers):
                _affine(w[layer], h[layer + 1], h[layer + 2], sizes[layer], lanes)
                if layer < layers - 1:
                    _activate(h[layer + 2], decoder_leak, sizes[layer, 1], lanes)
            recon = _misfit(outputs, inputs, slope, features, count, lanes)
            recon_total[k] += recon
            loss_total[k] += recon + beta[step, k] * divergence
            if lam[k] != 0:
                loss_total[k] += count * lam[k] * _squares(w, sizes)
            for layer in range(layers - 1, encoder - 1, -1):
                if layer < layers - 1:
                    _deactivate(slope, h[layer + 2], decoder_leak, sizes[layer, 1], lanes)
                _gradient(h[layer + 1], slope, by[layer], sizes[layer], lanes)
                _back(w[layer], slope, other, sizes[layer], lanes)
                slope, other = other, slope
            _undraw(code, draw, slope, other, like(beta[step, k] / count), latent, count, lanes)
            slope, other = other, slope
            for layer in range(encoder - 1, -1, -1):
                if layer < encoder - 1:
                    _deactivate(slope, h[layer + 1], encoder_leak, sizes[layer, 1], lanes)
                _gradient(h[layer], slope, by[layer], sizes[layer], lanes)
                if layer:
                    _back(w[layer], slope, other, sizes[layer], lanes)
                    slope, other = other, slope
            if not frozen[k]:
                _adam(w, by, first_moments[k], second_moments[k], lam[k], rate[k], decay, eps, corrections[step], sizes)


@compiled
def _affine(w, x, y, size, lanes):
    """y = W'x + b."""
    for j in range(padded(size[1], TILE)):
        bias = w[-1, j]
        for s in range(lanes):
            y[j, s] = bias
    _add_product(w, x, y, padded(size[0], TILE), padded(size[1], TILE), lanes)


@compiled
def _back(w, slope, y, size, lanes):
    """y = W slope."""
    for i in range(padded(size[0], TILE)):
        for s in range(lanes):
            y[i, s] = 0
    _add_product(w.T, slope, y, padded(size[1], TILE), padded(size[0], TILE), lanes)


@compiled
def _add_product(w, x, y, rows, columns, lanes):
    """y += W'x, four rows of x for four of y at a time."""
    for j in range(0, columns, TILE):
        y0, y1, y2, y3 = y[j], y[j + 1], y[j + 2], y[j + 3]
        for i in range(0, rows, TILE):
            x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
            a0, a1, a2, a3 = w[i, j], w[i + 1, j], w[i + 2, j], w[i + 3, j]
            b0, b1, b2, b3 = w[i, j + 1], w[i + 1, j + 1], w[i + 2, j + 1], w[i + 3, j + 1]
            c0, c1, c2, c3 = w[i, j + 2], w[i + 1, j + 2], w[i + 2, j + 2], w[i + 3, j + 2]
            d0, d1, d2, d3 = w[i, j + 3], w[i + 1, j + 3], w[i + 2, j + 3], w[i + 3, j + 3]
            for s in range(lanes):
                p, q, u, v = x0[s], x1[s], x2[s], x3[s]
                y0[s] += a0 * p + a1 * q + a2 * u + a3 * v
                y1[s] += b0 * p + b1 * q + b2 * u + b3 * v
                y2[s] += c0 * p + c1 * q + c2 * u + c3 * v
                y3[s] += d0 * p + d1 * q + d2 * u + d3 * v


@compiled
def _gradient(x, slope, by, size, lanes):
    """dL/dW = x slope', and dL/db, the sum of the slope over samples."""
    zero = x.dtype.type(0)
    for j in range(0, padded(size[1], TILE), TILE):
        g0, g1, g2, g3 = slope[j], slope[j + 1], slope[j + 2], slope[j + 3]
        a0 = a1 = a2 = a3 = zero
        for s in range(lanes):
            a0 += g0[s]
            a1 += g1[s]
            a2 += g2[s]
            a3 += g3[s]
        by[-1, j], by[-1, j + 1], by[-1, j + 2], by[-1, j + 3] = a0, a1, a2, a3
        for i in range(0, padded(size[0], TILE), TILE):
            x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
            a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = zero
            for s in range(lanes):
                p, q, u, v = x0[s], x1[s], x2[s], x3[s]
                a0 += p * g0[s]
                a1 += q * g0[s]
                a2 += u * g0[s]
                a3 += v * g0[s]
                b0 += p * g1[s]
                b1 += q * g1[s]
                b2 += u * g1[s]
                b3 += v * g1[s]
                c0 += p * g2[s]
                c1 += q * g2[s]
                c2 += u * g2[s]
                c3 += v * g2[s]
                d0 += p * g3[s]
                d1 += q * g3[s]
                d2 += u * g3[s]
                d3 += v * g3[s]
            by[i, j], by[i + 1, j], by[i + 2, j], by[i + 3, j] = a0, a1, a2, a3
            by[i, j + 1], by[i + 1, j + 1], by[i + 2, j + 1], by[i + 3, j + 1] = b0, b1, b2, b3
            by[i, j + 2], by[i + 1, j + 2], by[i + 2, j + 2], by[i + 3, j + 2] = c0, c1, c2, c3
            by[i, j + 3], by[i + 1, j + 3], by[i + 2, j + 3], by[i + 3, j + 3] = d0, d1, d2, d3


@compiled
def _activate(h, leak, units, lanes):
    """h where it is positive, leak h elsewhere."""
    for i in range(units):
        for s in range(lanes):
            h[i, s] = leak * h[i, s] if h[i, s] <= 0 else h[i, s]


@compiled
def _deactivate(slope, h, leak, units, lanes):
    """The slope before the activation, told from what that put out."""
    for i in range(units):
        for s in range(lanes):
            slope[i, s] = leak * slope[i, s] if h[i, s] <= 0 else slope[i, s]


@compiled
def _draw(code, noise, draw, total, lanes):
    """A draw of each posterior; the code's log-variances become variances.

    Adds each latent's divergence to the total, and returns that of all.
    """
    count, latent = noise.shape
    half = code.dtype.type(0.5)
    divergence = 0.0
    for j in range(latent):
        kl = 0.0
        for s in range(count):
            mean, logvar = code[j, s], code[latent + j, s]
            sigma = np.exp(half * logvar)
            draw[j, s] = mean + sigma * noise[s, j]
            code[latent + j, s] = sigma * sigma
            kl += half * (mean * mean + sigma * sigma - logvar - 1)
        for s in range(count, lanes):
            draw[j, s] = 0
        total[j] += kl
        divergence += kl
    return divergence


@compiled
def _undraw(code, draw, slope, to_code, strength, latent, count, lanes):
    """The slope in means and log-variances, of the one in the draws and of the divergence times its strength."""
    half, one = code.dtype.type(0.5), code.dtype.type(1)
    for j in range(latent):
        for s in range(count):
            mean, variance = code[j, s], code[latent + j, s]
            to_code[j, s] = slope[j, s] + strength * mean
            to_code[latent + j, s] = half * (slope[j, s] * (draw[j, s] - mean) + strength * (variance - one))
    _blank(to_code, 2 * latent, count, lanes)


@compiled
def _misfit(outputs, x, slope, features, count, lanes):
    """Squared errors of all samples, and the slope of their mean in the outputs."""
    share = outputs.dtype.type(2 / count)
    total = 0.0
    for i in range(features):
        for s in range(count):
            miss = outputs[i, s] - x[i, s]
            total += miss * miss
            slope[i, s] = share * miss
    _blank(slope, features, count, lanes)
    return total


@compiled
def _blank(slope, units, count, lanes):
    """Zeros where there is padding."""
    for i in range(padded(units, TILE)):
        for s in range(count if i < units else 0, lanes):
            slope[i, s] = 0


@compiled
def _squares(w, sizes):
    """||W||^2 of all layers, biases apart."""
    total = 0.0
    for layer in range(len(sizes)):
        for i in range(sizes[layer, 0]):
            for j in range(sizes[layer, 1]):
                total += w[layer, i, j] * w[layer, i, j]
    return total


@compiled
def _adam(w, by, first, second, lam, rate, decay, eps, correction, sizes):
    """One update of a member, see `curvae.sweep.optimiser.Adam`; the penalty pulls with 2 lam W."""
    like = w.dtype.type
    twice = like(2 * lam)
    size, scale = like(rate / correction[0]), like(1 / np.sqrt(correction[1]))
    keep, keep_square = like(decay[0]), like(decay[1])
    add, add_square, tiny = like(1 - decay[0]), like(1 - decay[1]), like(eps)
    for layer in range(len(sizes)):
        units = padded(sizes[layer, 1], TILE)
        for i in range(-1, sizes[layer, 0]):
            own, m, v, g = w[layer, i], first[layer, i], second[layer, i], by[layer, i]
            pulled = like(0) if i < 0 else twice
            for j in range(units):
                slope = g[j] + pulled * own[j]
                m[j] = keep * m[j] + add * slope
                v[j] = keep_square * v[j] + add_square * slope * slope
                own[j] -= size * m[j] / (np.sqrt(v[j]) * scale + tiny)
