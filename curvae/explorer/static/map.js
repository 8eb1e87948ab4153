// Draws a plane of a latent space: magnification, codes, curves and what can be dragged.
"use strict";

const REACH = 14; // px around a handle that grab it
const FINGER = 26; // the same for a finger
const FADE = 0.6; // distance in the latents not shown at which codes fade

const themeColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const isDark = () => themeColour("bright") === "1";

/** A round sample of a colour. */
function dotOf(colour) {
  const dot = document.createElement("i");
  dot.className = "dot";
  dot.style.background = colour;
  return dot;
}

/** Makes a canvas as fine as the screen; returns its context in CSS pixels, its width and its height. */
function sharp(canvas, width = canvas.clientWidth, height = canvas.clientHeight) {
  const ratio = window.devicePixelRatio || 1;
  const size = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** A square box around codes in a plane, with a border. */
function boxAround(codes, plane) {
  const ranges = plane.map((axis) => {
    const values = codes.map((z) => z[axis]);
    return [Math.min(...values), Math.max(...values)];
  });
  const half = 0.54 * Math.max(...ranges.map(([low, high]) => high - low), 1e-6);
  return ranges.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}

/** A picture of a map of magnifications, by its logarithm, and the values at the ends of the ramp. */
function shade(map, side) {
  const logs = Float64Array.from(map, (value) => Math.log(Math.max(value, 1e-12)));
  const sorted = logs.slice().sort();
  const [low, high] = [0.02, 0.98].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  const ends = ["low", "high"].map((name) => themeColour(name).match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16)));
  const picture = new ImageData(side, side);
  for (let k = 0; k < logs.length; k++) {
    const share = Math.min(1, Math.max(0, (logs[k] - low) / (high - low || 1)));
    const at = 4 * ((side - 1 - Math.floor(k / side)) * side + (k % side));
    for (let c = 0; c < 3; c++) picture.data[at + c] = ends[0][c] + share * (ends[1][c] - ends[0][c]);
    picture.data[at + 3] = 255;
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return { canvas, low: Math.exp(low), high: Math.exp(high) };
}

class MapView {
  constructor(canvas, panel) {
    this.canvas = canvas;
    this.panel = panel;
    this.held = null;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.held && panel.drag(this.held, this.latent(event)));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (this.held = null));
  }

  pixel(z) {
    const { box, plane } = this.panel;
    const share = plane.map((axis, k) => (z[axis] - box[k][0]) / (box[k][1] - box[k][0]));
    return [share[0] * this.canvas.clientWidth, (1 - share[1]) * this.canvas.clientHeight];
  }

  /** The latents of the plane under an event, kept inside the box. */
  latent(event) {
    const frame = this.canvas.getBoundingClientRect();
    const share = [(event.clientX - frame.left) / frame.width, 1 - (event.clientY - frame.top) / frame.height];
    return this.panel.box.map(([low, high], k) => low + Math.min(1, Math.max(0, share[k])) * (high - low));
  }

  press(event) {
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    const frame = this.canvas.getBoundingClientRect();
    const place = [event.clientX - frame.left, event.clientY - frame.top];
    const reach = event.pointerType === "touch" ? FINGER : REACH;
    const far = (z) => (z ? distance(this.pixel(z), place) : Infinity);
    const { z, ends, placing } = this.panel;
    if (placing) this.held = placing;
    else {
      const handles = { point: far(z), A: far(ends.A), B: far(ends.B) };
      const near = Object.keys(handles).filter((name) => handles[name] <= reach);
      this.held = near.sort((p, q) => handles[p] - handles[q])[0] || "point";
    }
    this.panel.drag(this.held, this.latent(event));
    if (placing) this.panel.placed();
  }

  draw() {
    const { context, width, height } = sharp(this.canvas);
    const { picture, curve, ends, z, trails } = this.panel;
    context.fillStyle = themeColour("raised");
    context.fillRect(0, 0, width, height);
    if (picture) context.drawImage(picture.canvas, 0, 0, width, height);
    context.drawImage(this.layer(width, height), 0, 0, width, height);
    this.ticks(context, width, height);
    const [ink, paper] = isDark() ? ["#ffffff", "#000000"] : ["#000000", "#ffffff"];
    if (ends.A && ends.B) {
      this.line(context, [ends.A, ends.B], { colour: ink, halo: paper, thick: 2, dash: [7, 6] });
      if (curve) this.line(context, curve, { colour: ink, halo: paper, thick: 3 });
    }
    for (const { codes, colour, dash } of trails()) this.trail(context, codes, colour, dash);
    for (const name of ["A", "B"]) if (ends[name]) this.handle(context, ends[name], name, ink, paper);
    const [x, y] = this.pixel(z);
    for (const [colour, thick] of [[paper, 9], [ink, 6.5], [themeColour("accent"), 4.5]]) {
      context.beginPath();
      context.arc(x, y, 10, 0, 2 * Math.PI);
      context.strokeStyle = colour;
      context.lineWidth = thick;
      context.stroke();
    }
  }

  /** Codes and the names of their classes, drawn anew only when they or the view of them changed. */
  layer(width, height) {
    const { member, plane, box, z, colours } = this.panel;
    const hidden = z.filter((_, axis) => !plane.includes(axis));
    const key = [member, width, height, window.devicePixelRatio, isDark(), plane, box, ...hidden].join();
    if (!this.drawn || this.drawn.key !== key || this.drawn.colours !== colours) {
      const canvas = this.drawn ? this.drawn.canvas : document.createElement("canvas");
      const { context } = sharp(canvas, width, height);
      this.codes(context);
      this.names(context);
      this.drawn = { key, colours, canvas };
    }
    return this.drawn.canvas;
  }

  /** The name of each class where most of its codes are near. */
  names(context) {
    const { codes, page } = this.panel;
    const { labels, values } = page.factors[page.factor] || {};
    if (!labels) return;
    const near = (this.canvas.clientWidth / 12) ** 2;
    context.font = "bold 17px system-ui, sans-serif";
    context.textAlign = "center";
    context.lineJoin = "round";
    for (const label of labels.values) {
      const places = codes.filter((_, k) => values[k] === label).map((code) => this.pixel(code));
      if (!places.length) continue;
      const company = ([x, y]) => places.reduce((sum, [p, q]) => sum + ((p - x) ** 2 + (q - y) ** 2 < near), 0);
      const counts = places.map(company);
      const [x, y] = places[counts.indexOf(Math.max(...counts))];
      for (const [draw, style] of [["strokeText", isDark() ? "#000000" : "#ffffff"], ["fillText", themeColour("ink")]]) {
        [context.strokeStyle, context.fillStyle, context.lineWidth] = [style, style, 5];
        context[draw](label, x, y + 6);
      }
    }
  }

  codes(context) {
    const { codes, plane, z, colours } = this.panel;
    const hidden = Array.from(z.keys()).filter((axis) => !plane.includes(axis));
    const groups = new Map();
    codes.forEach((code, k) => {
      const off = hidden.reduce((sum, axis) => sum + ((code[axis] - z[axis]) / FADE) ** 2, 0);
      const alpha = Math.max(0.15, Math.round(4 * Math.exp(-off / 2)) / 4);
      const key = `${alpha} ${colours[k]}`;
      if (!groups.has(key)) groups.set(key, { alpha, colour: colours[k], places: [] });
      groups.get(key).places.push(this.pixel(code));
    });
    const size = this.canvas.clientWidth < 450 ? 2 : 2.8;
    for (const { alpha, colour, places } of [...groups.values()].sort((p, q) => p.alpha - q.alpha)) {
      context.globalAlpha = alpha;
      for (const [fill, radius] of [[themeColour("rim"), size + 0.7], [colour, size]]) {
        context.beginPath();
        for (const [x, y] of places) {
          context.moveTo(x + radius, y);
          context.arc(x, y, radius, 0, 2 * Math.PI);
        }
        context.fillStyle = fill;
        context.fill();
      }
    }
    context.globalAlpha = 1;
  }

  ticks(context, width, height) {
    const { box, plane } = this.panel;
    const span = box[0][1] - box[0][0];
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((size) => span / size < 9) || span / 5;
    context.font = "12px system-ui, sans-serif";
    context.lineWidth = 3;
    context.strokeStyle = themeColour("rim").replace(/[\d.]+\)$/, "0.6)");
    const label = (words, x, y, align) => {
      context.textAlign = align;
      if (!isDark()) context.strokeText(words, x, y);
      context.fillStyle = themeColour("ink");
      context.fillText(words, x, y);
    };
    const written = (value) => String(+value.toFixed(1)).replace("-", "\u2212");
    for (let v = Math.ceil(box[0][0] / step) * step; v < box[0][1] - span / 12; v += step) {
      if (v > box[0][0] + span / 12) label(written(v), ((v - box[0][0]) / span) * width, height - 6, "center");
    }
    for (let v = Math.ceil(box[1][0] / step) * step; v < box[1][1] - span / 12; v += step) {
      if (v > box[1][0] + span / 12) label(written(v), 6, (1 - (v - box[1][0]) / span) * height + 4, "left");
    }
    label(`z${plane[0] + 1} \u2192`, width - 6, height - 6, "right");
    label(`z${plane[1] + 1} \u2191`, 6, 16, "left");
  }

  line(context, points, { colour, halo, thick, dash = [] }) {
    context.lineJoin = context.lineCap = "round";
    for (const [stroke, extra, pattern] of [[halo, 3, []], [colour, 0, dash]]) {
      context.beginPath();
      points.forEach((z, k) => context[k ? "lineTo" : "moveTo"](...this.pixel(z)));
      context.strokeStyle = stroke;
      context.lineWidth = thick + extra;
      context.setLineDash(pattern);
      context.globalAlpha = extra ? 0.7 : 1;
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  trail(context, codes, colour, dash) {
    if (!codes.length) return;
    this.line(context, codes, { colour, halo: isDark() ? "#000000" : "#ffffff", thick: 2, dash });
    const [x, y] = this.pixel(codes[codes.length - 1]);
    context.beginPath();
    context.arc(x, y, 6, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }

  handle(context, z, name, ink, paper) {
    const [x, y] = this.pixel(z);
    context.beginPath();
    context.arc(x, y, 11, 0, 2 * Math.PI);
    context.fillStyle = ink;
    context.fill();
    context.strokeStyle = paper;
    context.lineWidth = 2;
    context.stroke();
    context.fillStyle = paper;
    context.font = "bold 13px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(name, x, y + 4.5);
  }
}
