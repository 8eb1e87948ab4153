// The whole page: its panels, what they share, and the loop that works and draws.
"use strict";

const BUDGETS = { active: 8, idle: 24 }; // ms of a turn: what is drawn, and long work in what is left
const ACTIVE = 200; // ms after an input in which turns stay short
const INPUTS = ["pointerdown", "pointermove", "keydown", "input", "wheel"];

const signed = (value) => value.toFixed(2).replace("-", "\u2212");

class Page {
  constructor(data) {
    this.data = data;
    this.panels = [];
    this.dirty = new Set();
    this.awake = false;
    this.touched = -Infinity;
    this.factors = data.factors.map((factor) => ({ ...factor, values: floatsOf(factor.values) }));
    document.getElementById("about").textContent = data.about;
    this.find = (selector) => document.querySelector(selector);
    const colour = this.find("#colour select");
    colour.append(...this.factors.map(({ name, unit }) => new Option(unit ? `${name} [${unit}]` : name)));
    this.find("#colour").hidden = this.factors.length < 2;
    colour.addEventListener("change", () => this.choose(colour.selectedIndex));
    const wish = window.matchMedia("(prefers-color-scheme: dark)");
    wish.addEventListener("change", () => this.theme(wish.matches));
    this.find("#theme").addEventListener("click", () => this.theme(!isDark()));
    this.find("#compare").hidden = data.members.length < 2;
    this.find("#compare").addEventListener("click", () => this.compare(this.panels.length < 2));
    this.find("#link").addEventListener("change", () => this.follow(this.panels[0]));
    document.addEventListener("keydown", (event) => this.key(event));
    const touch = (event) => {
      if (event.type !== "pointermove" || event.buttons) this.touched = performance.now();
    };
    for (const kind of INPUTS) document.addEventListener(kind, touch, { capture: true, passive: true });
    this.theme(wish.matches);
    this.choose(0);
    this.player = data.rollouts && new RolloutPlayer(this, data.rollouts);
    this.add(data.shown);
    this.find("#note").textContent = this.note();
  }

  /** What differs between members, in words. */
  nameOf({ axes }) {
    const differ = Object.keys(axes).filter((axis) =>
      this.data.members.some((other) => JSON.stringify(other.axes[axis]) !== JSON.stringify(axes[axis])),
    );
    return differ.map((axis) => `${axis} ${axes[axis]}`).join(", ");
  }

  note() {
    const { members, all } = this.data;
    const codes = members[0] ? floatsOf(members[0].codes).length / members[0].latents : 0;
    const some = members.length < all ? `${members.length} of the ${all} members, evenly chosen, and ` : "";
    return (
      `In this page: ${some}${codes} test codes. Lengths are those of the decoded path through the space of images ` +
      "(root of the summed squares of pixels); the magnification is sqrt(det J\u1d40J) of the decoder in the plane shown."
    );
  }

  add(member) {
    const panel = new Panel(this, member);
    this.panels.push(panel);
    this.find("#panels").append(panel.root);
    panel.recolour();
    this.wake(panel);
  }

  compare(on) {
    if (on) this.add((this.panels[0].member + 1) % this.data.members.length);
    else this.panels.pop().root.remove();
    this.find("#panels").classList.toggle("two", on);
    this.find("#compare").setAttribute("aria-pressed", String(on));
    this.find("#link").hidden = !on;
    this.follow(this.panels[0]);
  }

  /** Puts the other panel's point at its code of the image nearest to this panel's point. */
  follow(panel) {
    const other = this.panels.find((one) => one !== panel);
    if (!other || !this.find("#link input").checked) return;
    const { codes, z } = panel;
    const nearest = codes.reduce((best, code, k) => (distance(code, z) < distance(codes[best], z) ? k : best), 0);
    other.put(other.codes[nearest]);
  }

  choose(factor) {
    this.factor = factor;
    this.recolour();
  }

  recolour() {
    const { labels, values } = this.factors[this.factor] || {};
    if (!values) this.colours = new Array(opened(this.data.members[0]).codes.length).fill(themeColour("accent"));
    else if (labels) {
      this.palette = labels.colours.map((colour) => (isDark() && colour === "#000000" ? "#ffffff" : colour));
      this.colours = Array.from(values, (value) => this.palette[labels.values.indexOf(value)]);
    } else {
      const { shades } = this.data;
      const [low, high] = [Math.min(...values), Math.max(...values)];
      this.colours = Array.from(values, (v) => shades[Math.round(((v - low) / (high - low || 1)) * (shades.length - 1))]);
    }
    for (const panel of this.panels) {
      panel.recolour();
      panel.filmed = false;
    }
    this.wake(...this.parts);
  }

  describe(sample) {
    const factor = this.factors[this.factor];
    if (!factor) return "";
    const value = factor.values[sample];
    return `nearest code: ${factor.name} ${factor.labels ? value : value.toFixed(1)} ${factor.unit}`;
  }

  legend(panel) {
    const root = panel.find(".legend");
    const { name, unit, labels, values } = this.factors[this.factor] || {};
    const parts = [];
    const named = (words, colour) => {
      const entry = document.createElement("span");
      entry.append(dotOf(colour), words);
      return entry;
    };
    const ramp = (low, colours, high) => {
      const scale = document.createElement("span");
      scale.className = "scale";
      const canvas = document.createElement("canvas");
      canvas.className = "ramp";
      [canvas.width, canvas.height] = [80, 12];
      const context = canvas.getContext("2d");
      const gradient = context.createLinearGradient(0, 0, 80, 0);
      colours.forEach((colour, k) => gradient.addColorStop(k / (colours.length - 1), colour));
      context.fillStyle = gradient;
      context.fillRect(0, 0, 80, 12);
      scale.append(low, canvas, high);
      return scale;
    };
    if (labels) {
      parts.push(`dots: ${name}`);
      labels.values.forEach((value, k) => parts.push(named(String(value), this.palette[k])));
    } else if (values) {
      const [low, high] = [Math.min(...values), Math.max(...values)].map((v) => v.toFixed(1));
      parts.push(`dots: ${name}`, ramp(low, this.data.shades, `${high} ${unit}`));
    }
    const { picture } = panel;
    if (picture) {
      const [low, high] = [picture.low, picture.high].map((value) => String(Number(value.toPrecision(2))));
      const shades = [themeColour("low"), themeColour("high")];
      parts.push("background: magnification", ramp(low, shades, high), "(lighter: a small step changes more)");
    }
    if (this.hasTrails(panel)) parts.push("trails of the film:", named("true", TRUE), named("predicted", PREDICTED));
    root.replaceChildren(...parts.map((part) => (part.nodeType ? part : Object.assign(document.createElement("span"), { textContent: part }))));
  }

  theme(dark) {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    this.find("#theme").setAttribute("aria-pressed", String(dark));
    if (this.colours) this.recolour();
  }

  key(event) {
    const typing = event.target.closest("button, select, input");
    if (event.key !== " " || typing || !this.player) return;
    event.preventDefault();
    this.player.play(!this.player.playing);
  }

  hasTrails(panel) {
    return Boolean(this.data.rollouts) && panel.member === this.data.shown;
  }

  trails(panel) {
    return this.hasTrails(panel) ? this.player.trails() : [];
  }

  /** All that is drawn. */
  get parts() {
    return this.player ? [...this.panels, this.player] : this.panels;
  }

  /** Whether somebody is at it, so that every frame counts. */
  get active() {
    return performance.now() - this.touched < ACTIVE || Boolean(this.player && this.player.playing);
  }

  /** Draws again what changed, and goes on working. */
  wake(...parts) {
    for (const part of parts) this.dirty.add(part);
    if (this.awake) return;
    this.awake = true;
    requestAnimationFrame(() => this.turn());
  }

  turn() {
    const { panels, player } = this;
    const until = performance.now() + (this.active ? BUDGETS.active : BUDGETS.idle);
    if (player) player.advance();
    for (const panel of panels) if (panel.news) this.dirty.add(panel);
    for (const part of this.parts) if (this.dirty.has(part)) part.draw();
    this.dirty.clear();
    let busy = Boolean(player && player.playing);
    panels.forEach((panel, k) => {
      const rest = Math.max(0, until - performance.now());
      busy = panel.work(performance.now() + rest / (panels.length - k)) || panel.news || busy;
    });
    this.awake = false;
    if (busy) this.wake();
  }
}

const explorer = new Page(JSON.parse(document.getElementById("data").textContent));
