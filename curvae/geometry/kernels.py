"""Newton's method for curves on a table of two latents, compiled: one curve at a time, in the processor's caches.

What is compiled is kept on disk as long as this file stays the same: hence nothing of the package is imported here
but the decorator.
"""

from functools import partial

import numpy as np

from curvae import jit

# not a number has to stay what it is
compiled = partial(jit.compiled, fastmath=frozenset({"reassoc", "contract", "arcp", "nsz"}))

EPS, TINY = np.finfo(np.float64).eps, np.finfo(np.float64).tiny
FUNCTIONS = 6  # of quintic splines on a piece
REACH = 2 * FUNCTIONS - 1  # of a coordinate in the Hessian
MATRIX, COUPLING, CURVATURE, FIELDS = (
    4,
    7,
    11,
    14,
)  # where they begin in what a node sees; momentum and force come first
FIGURES = 4  # of a curve

Packed = tuple[np.ndarray, float, float, float, float, int, int]  # coefficients, low, 1 / step, side, margin


@compiled
def solved(table, curves, solving, judging, iterations, limits):
    """Replace curves [pair, control, latent] by geodesics and return their figures [pair, figure]."""
    value, slope, weight, _ = solving
    longest, side_step, first_damping, largest_damping, last_step = limits
    controls = curves.shape[1]
    inner = 2 * (controls - 2)
    time = len(value) * len(weight)
    seen, other = np.empty((time, FIELDS)), np.empty((time, FIELDS))
    gradient, ahead = np.empty((controls, 2)), np.empty((controls, 2))
    step, trial = np.empty((controls, 2)), np.empty((controls, 2))
    work = np.empty((inner + REACH, 2 * REACH + 1))
    pivots, x = np.empty(inner), np.empty(inner + REACH)
    room = np.empty((len(judging[0]) * len(judging[2]), 8))
    figures = np.empty((len(curves), FIGURES))
    for pair in range(len(curves)):
        control = curves[pair]
        energy = _observe(table, control, value, slope, weight, seen, gradient)
        damping, shrink = 0.0, 1.0
        for _ in range(iterations):
            if not (np.isfinite(energy) and energy > 0):
                break
            scale = _hessian(seen, value, slope, weight, 1 + damping, work, inner)
            speed = np.sqrt(2 * energy)
            for row in range(inner):
                work[row, REACH] += EPS * scale
                x[row] = -gradient[1 + row // 2, row % 2]
            negative = _eliminate(work, x, pivots, 100 * EPS * scale, inner)
            slant = _unpacked(x, step, gradient)
            stretch, curved = _forms(seen, value, slope, weight, step)
            change = np.sqrt(max(stretch, 0.0)) / speed
            factor = min(1.0, longest / max(change, EPS))
            kick = negative >= 0 and damping == 0 and change < last_step and shrink > 0.01
            if kick:
                x[:] = 0
                x[negative] = 1
                _substitute(work, x, inner)
                slant = _unpacked(x, step, gradient)
                stretch, curved = _forms(seen, value, slope, weight, step)
                factor = side_step * shrink * speed / np.sqrt(max(stretch, EPS * scale))
                factor = -factor if slant > 0 else factor
            predicted = -factor * slant - factor * factor * curved / 2
            for i in range(controls):
                for k in range(2):
                    trial[i, k] = control[i, k] + factor * step[i, k]
            small = change < last_step and damping == 0
            if not kick and (small or predicted <= 10 * EPS * energy):
                if predicted >= 0:
                    _copy(trial, control)
                break
            if not damping < largest_damping:
                break
            new = _observe(table, trial, value, slope, weight, other, ahead)
            gain = energy - new
            if gain > 0:
                if kick or gain > 0.5 * predicted:
                    damping = damping / 10 if damping > first_damping / 10 else 0.0
                energy = new
                _copy(trial, control)
                seen, other = other, seen
                gradient, ahead = ahead, gradient
            elif kick:
                shrink /= 2
            else:
                damping = max(4 * damping, first_damping)
        _judge(table, control, judging, room, figures[pair])
    return figures


@compiled
def _copy(source, target):
    for i in range(len(source)):
        for k in range(2):
            target[i, k] = source[i, k]


@compiled
def _observe(table, control, value, slope, weight, seen, gradient):
    """Energy of a curve, its gradient, and the expansion at its nodes; not a number outside the table."""
    energy = 0.0
    gradient[:] = 0
    for piece in range(len(value)):
        for node in range(len(weight)):
            z0, z1, v0, v1 = _locate(control, piece, value[piece, node], slope[piece, node])
            found = _expand(table, z0, z1, v0, v1)
            fields = seen[piece * len(weight) + node]
            for field in range(FIELDS):
                fields[field] = found[field]
            p0, p1, f0, f1 = found[:4]
            energy += weight[node] * (v0 * p0 + v1 * p1) / 2
            for i in range(FUNCTIONS):
                left, right = weight[node] * slope[piece, node, i], weight[node] * value[piece, node, i]
                gradient[piece + i, 0] += left * p0 + right * f0
                gradient[piece + i, 1] += left * p1 + right * f1
    return energy


@compiled
def _locate(control, piece, value, slope):
    """Point and velocity at a node."""
    z0, z1, v0, v1 = 0.0, 0.0, 0.0, 0.0
    for i in range(FUNCTIONS):
        a, b = control[piece + i, 0], control[piece + i, 1]
        z0 += value[i] * a
        z1 += value[i] * b
        v0 += slope[i] * a
        v1 += slope[i] * b
    return z0, z1, v0, v1


@compiled
def _expand(table, z0, z1, v0, v1):
    """Momentum, force, M (00, 01, 11), coupling (by rows) and curvature as `MetricTable.expand`."""
    coefficients, low0, low1, h0, h1, side, margin = table
    x, y = (z0 - low0) * h0, (z1 - low1) * h1
    if not (x >= 0 and y >= 0 and x <= side - 1 and y <= side - 1):
        x, y = np.nan, np.nan
        i, j = 0, 0
    else:
        i, j = min(int(x), side - 2), min(int(y), side - 2)
    count = side + 2 * margin
    corner = (i + margin - 1) * count + j + margin - 1
    wx, wy = _weights(x - i, h0), _weights(y - j, h1)
    # the diagonal of the factor L is the exponential of what is interpolated
    a, a0, a1, a00, a01, a11 = _spline(coefficients, corner, count, 0, wx, wy)
    c, c0, c1, c00, c01, c11 = _spline(coefficients, corner, count, 1, wx, wy)
    b, b0, b1, b00, b01, b11 = _spline(coefficients, corner, count, 2, wx, wy)
    a, c = np.exp(a), np.exp(c)
    a00, a01, a11 = a * (a00 + a0 * a0), a * (a01 + a0 * a1), a * (a11 + a1 * a1)
    c00, c01, c11 = c * (c00 + c0 * c0), c * (c01 + c0 * c1), c * (c11 + c1 * c1)
    a0, a1, c0, c1 = a * a0, a * a1, c * c0, c * c1
    # (u, w) = L'v, with which v'Mv = u^2 + w^2
    u, w = a * v0 + b * v1, c * v1
    u0, w0, u1, w1 = a0 * v0 + b0 * v1, c0 * v1, a1 * v0 + b1 * v1, c1 * v1
    return (
        a * u,
        b * u + c * w,
        u0 * u + w0 * w,
        u1 * u + w1 * w,
        a * a,
        a * b,
        b * b + c * c,
        a0 * u + a * u0,
        a1 * u + a * u1,
        b0 * u + c0 * w + b * u0 + c * w0,
        b1 * u + c1 * w + b * u1 + c * w1,
        u0 * u0 + w0 * w0 + (a00 * v0 + b00 * v1) * u + c00 * v1 * w,
        u0 * u1 + w0 * w1 + (a01 * v0 + b01 * v1) * u + c01 * v1 * w,
        u1 * u1 + w1 * w1 + (a11 * v0 + b11 * v1) * u + c11 * v1 * w,
    )


@compiled
def expanded(table, z, velocity):
    """`_expand` at many points, [field, point]."""
    fields = np.empty((FIELDS, len(z)))
    for n in range(len(z)):
        found = _expand(table, z[n, 0], z[n, 1], velocity[n, 0], velocity[n, 1])
        for field in range(FIELDS):
            fields[field, n] = found[field]
    return fields


@compiled
def _weights(t, h):
    """The four cubic B-splines over a cell of size 1 / h, their first and their second derivatives."""
    s = 1 - t
    return (
        (s * s * s / 6, (4 - 3 * t * t * (2 - t)) / 6, (4 - 3 * s * s * (2 - s)) / 6, t * t * t / 6),
        (-h * s * s / 2, h * t * (3 * t - 4) / 2, -h * s * (3 * s - 4) / 2, h * t * t / 2),
        (h * h * s, h * h * (3 * t - 2), h * h * (3 * s - 2), h * h * t),
    )


@compiled
def _spline(coefficients, corner, count, entry, wx, wy):
    """One entry, its two first and its three second derivatives."""
    f, fx, fy, fxx, fxy, fyy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(4):
        at = corner + k * count
        p, q = coefficients[at, entry], coefficients[at + 1, entry]
        r, s = coefficients[at + 2, entry], coefficients[at + 3, entry]
        along = wy[0][0] * p + wy[0][1] * q + wy[0][2] * r + wy[0][3] * s
        once = wy[1][0] * p + wy[1][1] * q + wy[1][2] * r + wy[1][3] * s
        twice = wy[2][0] * p + wy[2][1] * q + wy[2][2] * r + wy[2][3] * s
        f += wx[0][k] * along
        fx += wx[1][k] * along
        fxx += wx[2][k] * along
        fy += wx[0][k] * once
        fxy += wx[1][k] * once
        fyy += wx[0][k] * twice
    return f, fx, fy, fxx, fxy, fyy


@compiled
def _hessian(seen, value, slope, weight, stiffening, work, inner):
    """Second derivatives in the inner control points (see `newton.hessian`), and the mean size of their diagonal.

    Entry (r, c) of the upper half stands in column c - r + REACH; the columns before are room to write into.
    """
    work[:] = 0
    for piece in range(len(value)):
        for node in range(len(weight)):
            fields = seen[piece * len(weight) + node]
            m00, m01, m11 = fields[MATRIX], fields[MATRIX + 1], fields[MATRIX + 2]
            d00, d01, d10, d11 = fields[COUPLING], fields[COUPLING + 1], fields[COUPLING + 2], fields[COUPLING + 3]
            k00, k01, k11 = fields[CURVATURE], fields[CURVATURE + 1], fields[CURVATURE + 2]
            s, u = slope[piece, node], value[piece, node]
            for i in range(FUNCTIONS):
                first = 2 * (piece + i - 1)
                if first < 0 or first >= inner:
                    continue
                left, right = weight[node] * s[i], weight[node] * u[i]
                hard = left * stiffening
                s00, s01 = hard * m00 + right * d00, hard * m01 + right * d10
                s10, s11 = hard * m01 + right * d01, hard * m11 + right * d11
                u00, u01 = left * d00 + right * k00, left * d01 + right * k01
                u10, u11 = left * d10 + right * k01, left * d11 + right * k11
                above, below = work[first], work[first + 1]
                for j in range(i, FUNCTIONS):
                    at = 2 * (j - i) + REACH
                    above[at] += s00 * s[j] + u00 * u[j]
                    above[at + 1] += s01 * s[j] + u01 * u[j]
                    below[at - 1] += s10 * s[j] + u10 * u[j]
                    below[at] += s11 * s[j] + u11 * u[j]
    scale = 0.0
    for row in range(inner):
        scale += abs(work[row, REACH])
        # the last control point stays where it is
        work[row, REACH + inner - row :] = 0
    return scale / inner


@compiled
def _eliminate(work, x, pivots, floor, inner):
    """Solve |A| x = right-hand side in place as `banded.solve`; the row of the first negative pivot, or -1."""
    negative = -1
    x[inner:] = 0
    for r in range(inner):
        row = work[r]
        if row[REACH] < 0 and negative < 0:
            negative = r
        pivots[r] = max(abs(row[REACH]), floor)
        for o in range(1, REACH + 1):
            factor = row[REACH + o] / pivots[r]
            below = work[r + o]
            for q in range(REACH + 1):
                below[REACH - o + q] -= factor * row[REACH + q]
            x[r + o] -= factor * x[r]
        for o in range(1, REACH + 1):
            row[REACH + o] /= pivots[r]
    for r in range(inner):
        x[r] /= pivots[r]
    x[inner:] = 0
    _substitute(work, x, inner)
    return negative


@compiled
def _substitute(work, x, inner):
    """Solve L'x = x in place."""
    for r in range(inner - 1, -1, -1):
        total = x[r]
        for o in range(1, REACH + 1):
            total -= work[r, REACH + o] * x[r + o]
        x[r] = total


@compiled
def _unpacked(x, step, gradient):
    """Write the inner control points of a step, and return its product with the gradient."""
    step[:] = 0
    slant = 0.0
    for i in range(1, len(step) - 1):
        for k in range(2):
            step[i, k] = x[2 * (i - 1) + k]
            slant += step[i, k] * gradient[i, k]
    return slant


@compiled
def _forms(seen, value, slope, weight, step):
    """Quadratic forms of S = int dc'' M dc' and of the Hessian."""
    stretch, rest = 0.0, 0.0
    for piece in range(len(value)):
        for node in range(len(weight)):
            f = seen[piece * len(weight) + node]
            z0, z1, v0, v1 = _locate(step, piece, value[piece, node], slope[piece, node])
            pull = v0 * v0 * f[MATRIX] + 2 * v0 * v1 * f[MATRIX + 1] + v1 * v1 * f[MATRIX + 2]
            turn = v0 * (f[COUPLING] * z0 + f[COUPLING + 1] * z1) + v1 * (f[COUPLING + 2] * z0 + f[COUPLING + 3] * z1)
            bend = z0 * z0 * f[CURVATURE] + 2 * z0 * z1 * f[CURVATURE + 1] + z1 * z1 * f[CURVATURE + 2]
            stretch += weight[node] * pull
            rest += weight[node] * (2 * turn + bend)
    return stretch, stretch + rest


@compiled
def _inverse(a, b, c):
    """Of the symmetric matrix (a, b; b, c), lifted as by `metric.inverse`."""
    floor = EPS * (a + c) + TINY
    a, c = a + floor, c + floor
    size = a * c - b * b
    return c / size, -b / size, a / size


@compiled
def _judge(table, control, judging, room, figures):
    """Write length, energy, residual and speed variation; see `judge.judge`."""
    value, slope, weight, within = judging
    nodes = len(weight)
    length, before0, before1 = 0.0, 0.0, 0.0
    for piece in range(len(value)):
        first = piece * nodes
        for node in range(nodes):
            z0, z1, v0, v1 = _locate(control, piece, value[piece, node], slope[piece, node])
            p0, p1, f0, f1, m00, m01, m11 = _expand(table, z0, z1, v0, v1)[:COUPLING]
            speed = np.sqrt(max(v0 * p0 + v1 * p1, 0.0))
            length += weight[node] * speed
            seen = room[first + node]
            seen[0] = speed
            seen[1], seen[2], seen[3] = _inverse(m00, m01, m11)
            seen[4], seen[5], seen[6], seen[7] = p0 - before0, p1 - before1, f0, f1
        # q = Mc' - int dL/dc dt
        for n in range(nodes):
            f0, f1 = room[first + n, 6], room[first + n, 7]
            before0 += weight[n] * f0
            before1 += weight[n] * f1
            for node in range(nodes):
                room[first + node, 4] -= within[node, n] * f0
                room[first + node, 5] -= within[node, n] * f1
    variance, d00, d01, d11, r0, r1 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for at in range(len(room)):
        speed, i00, i01, i11, q0, q1 = room[at, 0], room[at, 1], room[at, 2], room[at, 3], room[at, 4], room[at, 5]
        share = weight[at % nodes]
        variance += share * (speed - length) ** 2
        d00, d01, d11 = d00 + share * i00, d01 + share * i01, d11 + share * i11
        r0 += share * (i00 * q0 + i01 * q1)
        r1 += share * (i01 * q0 + i11 * q1)
    m00, m01, m11 = _inverse(d00, d01, d11)
    constant0, constant1 = m00 * r0 + m01 * r1, m01 * r0 + m11 * r1
    distance = 0.0
    for at in range(len(room)):
        i00, i01, i11 = room[at, 1], room[at, 2], room[at, 3]
        q0, q1 = room[at, 4] - constant0, room[at, 5] - constant1
        distance += weight[at % nodes] * (i00 * q0 * q0 + 2 * i01 * q0 * q1 + i11 * q1 * q1)
    energy = (length * length + variance) / 2
    moved = energy != 0 and (control[0, 0] != control[-1, 0] or control[0, 1] != control[-1, 1])
    figures[0], figures[1] = length, energy
    figures[2] = np.sqrt(max(distance, 0.0) / (2 * energy)) if moved else 0.0
    figures[3] = np.sqrt(variance) / length if moved else np.sqrt(variance)
