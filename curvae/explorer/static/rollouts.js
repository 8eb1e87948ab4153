// Plays predicted films of the shown member's latents beside the true ones.
"use strict";

const RATE = 15; // frames a second
const TRUE = "#CC79A7";
const PREDICTED = "#D55E00";

class RolloutPlayer {
  constructor(page, packed) {
    this.page = page;
    this.root = document.getElementById("rollouts");
    this.root.hidden = document.getElementById("plays").hidden = false;
    this.find = (selector) => this.root.querySelector(selector);
    this.names = packed.names;
    this.first = packed.first;
    [, this.trajectories, this.frames, this.latents] = packed.shape;
    this.predicted = floatsOf(packed.latents);
    this.codes = floatsOf(packed.codes);
    this.errors = floatsOf(packed.errors);
    this.films = bytesOf(packed.films);
    const finite = this.errors.filter(Number.isFinite).sort();
    this.most = Math.max(1, finite[Math.floor(0.98 * (finite.length - 1))] || 0);
    this.playing = false;
    this.started = false;
    this.find(".name").append(...this.names.map((name) => new Option(name)));
    this.find(".trajectory").append(...Array.from({ length: this.trajectories }, (_, k) => new Option(k + 1)));
    this.find(".frame").max = this.frames - 1;
    for (const name of ["name", "trajectory", "frame"]) {
      this.find(`.${name}`).addEventListener("input", () => this.show(Number(this.find(".frame").value)));
    }
    this.find(".play").addEventListener("click", () => this.play(!this.playing));
    new ResizeObserver(() => page.wake(this)).observe(this.find(".error"));
    this.frame = 0;
    for (const [name, colour] of [["true", TRUE], ["predicted", PREDICTED]]) {
      this.find(`.${name} + figcaption`).prepend(dotOf(colour));
      [this.find(`.${name}`).height, this.find(`.${name}`).width] = page.data.shape;
    }
  }

  play(on) {
    this.playing = on;
    this.find(".play").textContent = on ? "Pause" : "Play";
    this.find(".play").setAttribute("aria-pressed", String(on));
    this.since = performance.now() - (1000 * (this.frame % (this.frames - 1))) / RATE;
    this.started = true;
    this.page.wake(...this.page.parts);
  }

  show(frame) {
    this.frame = frame;
    this.started = true;
    this.since = performance.now() - (1000 * frame) / RATE;
    this.page.wake(...this.page.parts);
  }

  get choice() {
    return [this.find(".name").selectedIndex, this.find(".trajectory").selectedIndex];
  }

  /** Row of a predicted frame among all. */
  row(frame) {
    const [name, trajectory] = this.choice;
    return (name * this.trajectories + trajectory) * this.frames + frame;
  }

  advance() {
    if (!this.playing) return;
    const frame = Math.floor(((performance.now() - this.since) / 1000) * RATE) % this.frames;
    if (frame === this.frame) return;
    this.frame = frame;
    this.page.wake(...this.page.parts);
  }

  /** What is predicted and true so far, as codes. */
  trails() {
    if (!this.started) return [];
    const cut = (values, row) => values.subarray(row * this.latents, (row + 1) * this.latents);
    const steps = Array.from({ length: Math.min(this.frame + 1, 12) }, (_, k, all) => this.frame - k).reverse();
    const trajectory = this.choice[1];
    return [
      { codes: steps.map((k) => cut(this.codes, trajectory * this.frames + k)), colour: TRUE },
      { codes: steps.map((k) => cut(this.predicted, this.row(k))), colour: PREDICTED },
    ];
  }

  draw() {
    const { shape, span, members, shown } = this.page.data;
    const pixels = shape[0] * shape[1];
    const row = this.choice[1] * this.frames + this.frame;
    const truth = this.films.subarray(row * pixels, (row + 1) * pixels);
    const code = this.predicted.slice(this.row(this.frame) * this.latents, (this.row(this.frame) + 1) * this.latents);
    const { decoder } = opened(members[shown]);
    drawImage(this.find(".true"), truth, shape, [0, 255]);
    drawImage(this.find(".predicted"), decoder.decode(Float64Array.from(code)), shape, span);
    this.find(".frame").value = this.frame;
    const error = this.errors[this.row(this.frame)];
    const off = Number.isFinite(error) ? `off by ${error.toFixed(1)} px` : "no ball seen";
    this.find("output").value = `${this.frame + 1} of ${this.frames} frames ahead: ${off}`;
    this.plot();
  }

  plot() {
    const { context, width, height } = sharp(this.find(".error"));
    const { most } = this;
    const [left, bottom, top] = [30, 18, 10];
    const x = (k) => left + (k / Math.max(1, this.frames - 1)) * (width - left - 8);
    const y = (value) => height - bottom - (Math.min(value, most) / most) * (height - bottom - top);
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = context.strokeStyle = themeColour("soft");
    context.strokeRect(left, y(most), x(this.frames - 1) - left, y(0) - y(most));
    context.textAlign = "right";
    context.fillText(most.toFixed(0), left - 4, y(most) + 6);
    context.fillText("0", left - 4, y(0) + 4);
    context.fillText(`${this.frames} frames ahead`, width - 8, height - 4);
    const [chosen, trajectory] = this.choice;
    const order = [...this.names.keys()].sort((p, q) => (p === chosen) - (q === chosen));
    for (const name of order) {
      context.beginPath();
      for (let k = 0, on = false; k < this.frames; k++) {
        const value = this.errors[(name * this.trajectories + trajectory) * this.frames + k];
        if (Number.isFinite(value)) context[on ? "lineTo" : "moveTo"](x(k), y(value));
        on = Number.isFinite(value);
      }
      context.strokeStyle = name === chosen ? PREDICTED : themeColour("line");
      context.lineWidth = name === chosen ? 2 : 1;
      context.stroke();
    }
    context.beginPath();
    context.moveTo(x(this.frame), y(0));
    context.lineTo(x(this.frame), y(most));
    context.strokeStyle = themeColour("ink");
    context.lineWidth = 1;
    context.stroke();
  }
}
