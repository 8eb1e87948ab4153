// The metric that a decoder pulls back: magnification, and curves of least energy in the space of images.
// Long work is done by generators, which yield often so that the page stays alive.
"use strict";

const FINE = 64; // segments of a curve; with 16, balls that vanish here and appear there seem near
const STEPS = 60; // of damped Gauss-Newton
const SETTLED = 3e-5; // relative decrease of the energy in a last step
const NEIGHBOURS = 10; // edges of a code in the graph
const CHORDS = 4; // chords a segment when lengths are measured
const LITTLE = 0.02; // share of the straight line's length that a curve has to save

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

const between = (a, b, t) => Float64Array.from(a, (value, k) => value + t * (b[k] - value));
const lineFrom = (a, b, segments) => Array.from({ length: segments + 1 }, (_, k) => between(a, b, k / segments));

/** sqrt(det J'J) in a plane of two latents, over a box [[low, high], [low, high]]; row 0 is the lowest. */
function* magnification(decoder, z, plane, box, side) {
  const map = new Float64Array(side * side);
  const units = plane.map((axis) => decoder.units[axis]);
  const place = Float64Array.from(z);
  const at = (axis, k) => box[axis][0] + ((box[axis][1] - box[axis][0]) * (k + 0.5)) / side;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      place[plane[0]] = at(0, column);
      place[plane[1]] = at(1, row);
      const [p, q] = decoder.push(place, units).tangents;
      const mixed = dot(p, q);
      map[row * side + column] = Math.sqrt(Math.max(0, dot(p, p) * dot(q, q) - mixed * mixed));
      yield;
    }
  }
  return map;
}

/** A point of a curve of equal time steps, by a cubic through its neighbours (Catmull and Rom). */
function pointOf(curve, t) {
  const last = curve.length - 1;
  const k = Math.min(Math.floor(t * last), last - 1);
  const s = t * last - k;
  const [p, q] = [curve[k], curve[k + 1]];
  const before = k > 0 ? curve[k - 1] : between(p, q, -1);
  const after = k + 2 <= last ? curve[k + 2] : between(p, q, 2);
  return p.map((_, i) => {
    const [m, n] = [(q[i] - before[i]) / 2, (after[i] - p[i]) / 2];
    const jump = q[i] - p[i];
    return p[i] + s * (m + s * (3 * jump - 2 * m - n + s * (m + n - 2 * jump)));
  });
}

const resample = (curve, segments) => Array.from({ length: segments + 1 }, (_, k) => pointOf(curve, k / segments));

/** Length of the decoded curve: chords of two sizes, whose errors of second order cancel. */
function* lengthOf(decoder, curve) {
  const images = [];
  for (const z of resample(curve, CHORDS * FINE)) {
    images.push(decoder.decode(z));
    yield;
  }
  let [fine, coarse] = [0, 0];
  for (let k = 1; k < images.length; k++) fine += distance(images[k], images[k - 1]);
  for (let k = 2; k < images.length; k += 2) coarse += distance(images[k], images[k - 2]);
  return (4 * fine - coarse) / 3;
}

function energyOf(images) {
  let sum = 0;
  for (let k = 1; k < images.length; k++) sum += distance(images[k], images[k - 1]) ** 2;
  return sum;
}

/** Solves A x = b for a symmetric positive definite A; rows hold A[i][i - width] ... A[i][i]. b becomes x. */
function solveBanded(rows, width, b) {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    for (let j = Math.max(0, i - width); j <= i; j++) {
      let sum = rows[i][j - i + width];
      for (let k = Math.max(0, i - width, j - width); k < j; k++) {
        sum -= rows[i][k - i + width] * rows[j][k - j + width];
      }
      rows[i][j - i + width] = i === j ? Math.sqrt(sum) : sum / rows[j][width];
    }
  }
  for (let i = 0; i < n; i++) {
    for (let k = Math.max(0, i - width); k < i; k++) b[i] -= rows[i][k - i + width] * b[k];
    b[i] /= rows[i][width];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k <= Math.min(n - 1, i + width); k++) b[i] -= rows[k][i - k + width] * b[k];
    b[i] /= rows[i][width];
  }
  return b;
}

/**
 * Damped Gauss-Newton on E = sum |f(c_k+1) - f(c_k)|^2 with fixed ends (Levenberg 1944), within a box
 * [[low, high], ...] of latents: where a latent changes nothing, a curve costs nothing and would run away. Yields the curve.
 */
function* relax(decoder, curve, box) {
  const d = decoder.latents;
  const inner = curve.length - 2;
  const width = 2 * d - 1;
  let images = curve.map((z) => decoder.decode(z));
  let energy = energyOf(images);
  let damping = 1e-4;
  for (let step = 0; step < STEPS; step++) {
    const tangents = [];
    for (let k = 1; k <= inner; k++) {
      tangents.push(decoder.push(curve[k], decoder.units).tangents);
      yield curve;
    }
    const slope = new Float64Array(inner * d);
    const rows = Array.from(slope, () => new Float64Array(width + 1));
    let scale = 0;
    for (let k = 0; k < inner; k++) {
      const away = images[k + 1].map((x, p) => 2 * x - images[k][p] - images[k + 2][p]);
      for (let i = 0; i < d; i++) {
        slope[k * d + i] = dot(tangents[k][i], away);
        for (let j = 0; j <= i; j++) rows[k * d + i][j - i + width] = 2 * dot(tangents[k][i], tangents[k][j]);
        for (let j = 0; k > 0 && j < d; j++) {
          rows[k * d + i][j - d - i + width] = -dot(tangents[k][i], tangents[k - 1][j]);
        }
        scale += rows[k * d + i][width] / (inner * d);
      }
    }
    if (!(scale > 0)) return curve;
    let gain = -1;
    while (gain < 0 && damping < 1e6) {
      const damped = rows.map((row) => Float64Array.from(row));
      for (const row of damped) row[width] += damping * scale;
      const move = solveBanded(damped, width, Float64Array.from(slope));
      const inside = (x, i) => Math.min(box[i][1], Math.max(box[i][0], x));
      const tried = curve.map((z, k) => (k < 1 || k > inner ? z : z.map((x, i) => inside(x - move[(k - 1) * d + i], i))));
      const drawn = [];
      for (const z of tried) {
        drawn.push(decoder.decode(z));
        yield curve;
      }
      gain = 1 - energyOf(drawn) / energy;
      if (!(gain >= 0)) gain = -1;
      damping = gain < 0 ? damping * 10 : Math.max(damping / 5, 1e-7);
      if (gain >= 0) [curve, images, energy] = [tried, drawn, energyOf(drawn)];
    }
    if (gain < SETTLED) return curve;
  }
  return curve;
}

/** Codes joined to their neighbours by edges as long as the images at their ends are apart. */
function* codeGraph(decoder, codes) {
  const images = [];
  for (const z of codes) {
    images.push(decoder.decode(z));
    yield;
  }
  const edges = codes.map(() => new Map());
  for (let i = 0; i < codes.length; i++) {
    const near = codes.map((z, j) => [distance(z, codes[i]), j]).sort((p, q) => p[0] - q[0]);
    for (const [, j] of near.slice(1, NEIGHBOURS + 1)) {
      const length = distance(images[i], images[j]);
      edges[i].set(j, length);
      edges[j].set(i, length);
    }
    yield;
  }
  return { codes, edges };
}

/** The shortest path over a graph between the codes nearest to two points (Dijkstra 1959); null without one. */
function pathOver({ codes, edges }, a, b) {
  const nearest = (z) => codes.reduce((best, code, k) => (distance(code, z) < distance(codes[best], z) ? k : best), 0);
  const [first, last] = [nearest(a), nearest(b)];
  const length = new Float64Array(codes.length).fill(Infinity);
  const before = new Int32Array(codes.length).fill(-1);
  const open = new Set([first]);
  length[first] = 0;
  while (open.size) {
    let here = -1;
    for (const k of open) if (here < 0 || length[k] < length[here]) here = k;
    if (here === last) break;
    open.delete(here);
    for (const [next, edge] of edges[here]) {
      if (length[here] + edge < length[next]) {
        length[next] = length[here] + edge;
        before[next] = here;
        open.add(next);
      }
    }
  }
  if (!Number.isFinite(length[last])) return null;
  const nodes = [];
  for (let k = last; k >= 0; k = before[k]) nodes.unshift(codes[k]);
  return [a, ...nodes.slice(1, -1), b];
}

/** A polyline cut into segments that are equally long in images. */
function* evenPolyline(decoder, corners, segments) {
  const steps = corners.slice(1).flatMap((z, k) => lineFrom(corners[k], z, 8).slice(1));
  const points = [corners[0], ...steps];
  const images = [];
  for (const z of points) {
    images.push(decoder.decode(z));
    yield;
  }
  const run = [0];
  for (let k = 1; k < points.length; k++) run.push(run[k - 1] + distance(images[k], images[k - 1]));
  let at = 0;
  return Array.from({ length: segments + 1 }, (_, k) => {
    const goal = (run[run.length - 1] * k) / segments;
    while (at < run.length - 2 && run[at + 1] < goal) at++;
    const share = (goal - run[at]) / (run[at + 1] - run[at] || 1);
    return between(points[at], points[at + 1], Math.min(1, Math.max(0, share)));
  });
}

/** The curve of least energy from a polyline, and its length. Yields curves on the way. */
function* settle(decoder, corners, box) {
  const curve = yield* relax(decoder, yield* evenPolyline(decoder, corners, FINE), box);
  return { curve, length: yield* lengthOf(decoder, curve) };
}

/** Runs a generator to its end without its values. */
function* quietly(generator) {
  for (;;) {
    const step = generator.next();
    if (step.done) return step.value;
    yield;
  }
}

/** The straight line between two points, and its length. */
function* straightLine(decoder, a, b) {
  const curve = lineFrom(a, b, FINE);
  return { curve, length: yield* lengthOf(decoder, curve) };
}

/** Whether a point between the ends of a curve lies on the border of a box. */
const alongBorder = (curve, box) => curve.slice(1, -1).some((z) => z.some((x, i) => x <= box[i][0] || x >= box[i][1]));

/** The shortest curve between the ends of a straight line: of those found from it and from a path over a graph of codes,
 * which a generator makes. One that runs along the border, or saves less than LITTLE, gives way to the straight line.
 * Yields curves on the way, and the first result. */
function* geodesic(decoder, straight, graph, box) {
  const ends = [straight.curve[0], straight.curve[FINE]];
  const better = ({ curve, length }) => length <= (1 - LITTLE) * straight.length && !alongBorder(curve, box);
  const found = [yield* settle(decoder, ends, box)].filter(better);
  yield found[0] || straight;
  const corners = pathOver(yield* quietly(graph()), ...ends);
  if (corners) found.push(...[yield* quietly(settle(decoder, corners, box))].filter(better));
  return found.reduce((best, one) => (one.length < best.length ? one : best), straight);
}

/** The result of a generator, without a pause. */
function finish(generator) {
  for (;;) {
    const step = generator.next();
    if (step.done) return step.value;
  }
}
