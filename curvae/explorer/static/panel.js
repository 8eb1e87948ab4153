// One member: its map, the image at the point, sliders, and the path from A to B with its films.
"use strict";

const SIDES = [16, 64]; // of the map of the magnification: at once, and when there is time
const GRAPH = 1000; // codes in the graph, at most
const FRAMES = 11; // images of a film
const ORDER = ["coarse", "path", "fine"]; // of the long work

/** Draws values as grey levels, one pixel each, from column `left` on. */
function drawImage(canvas, values, [height, width], [low, high], left = 0) {
  const picture = new ImageData(width, height);
  const dark = isDark();
  for (let k = 0; k < values.length; k++) {
    const ink = Math.min(1, Math.max(0, (values[k] - low) / (high - low)));
    picture.data.fill(Math.round(255 * (dark ? ink : 1 - ink)), 4 * k, 4 * k + 3);
    picture.data[4 * k + 3] = 255;
  }
  canvas.getContext("2d").putImageData(picture, left, 0);
}

const decoders = new Map();
function opened(spec) {
  if (!decoders.has(spec)) {
    const values = floatsOf(spec.codes);
    const codes = Array.from({ length: values.length / spec.latents }, (_, k) =>
      Float64Array.from(values.subarray(k * spec.latents, (k + 1) * spec.latents)),
    );
    decoders.set(spec, { decoder: new Decoder(spec), codes, graph: null });
  }
  return decoders.get(spec);
}

/** The two latents whose codes vary most, in their order. */
function widest(codes) {
  const spread = (axis) => {
    const mean = codes.reduce((sum, z) => sum + z[axis], 0) / codes.length;
    return codes.reduce((sum, z) => sum + (z[axis] - mean) ** 2, 0);
  };
  const axes = Array.from(codes[0].keys()).sort((p, q) => spread(q) - spread(p));
  return axes.slice(0, 2).sort((p, q) => p - q);
}

class Panel {
  constructor(page, member) {
    this.page = page;
    this.root = document.getElementById("panel").content.firstElementChild.cloneNode(true);
    this.find = (selector) => this.root.querySelector(selector);
    this.view = new MapView(this.find(".map canvas"), this);
    this.image = this.find(".image");
    const names = page.data.members.map((spec) => new Option(page.nameOf(spec)));
    this.find(".member select").append(...names);
    this.find(".member").hidden = names.length < 2;
    this.find(".member select").addEventListener("change", (event) => this.open(event.target.selectedIndex));
    this.find(".path").addEventListener("click", () => this.place(this.placing ? null : "A"));
    this.find(".map canvas").addEventListener("keydown", (event) => this.key(event));
    this.find(".films").addEventListener("click", (event) => this.jump(event));
    new ResizeObserver(() => page.wake(this)).observe(this.find(".map canvas"));
    this.open(member);
  }

  /** Shows a member. */
  open(member) {
    this.member = member;
    this.spec = this.page.data.members[member];
    this.find(".member select").selectedIndex = member;
    Object.assign(this, opened(this.spec), { store: opened(this.spec), placing: null });
    const plane = widest(this.codes);
    const order = Array.from(this.codes.keys()).sort((p, q) => this.codes[p][plane[0]] - this.codes[q][plane[0]]);
    const at = (share) => this.codes[order[Math.floor(share * (order.length - 1))]];
    this.z = Float64Array.from(at(0.5));
    this.ends = { A: at(0.08), B: at(0.92) };
    this.find(".path").setAttribute("aria-pressed", "false");
    this.look(plane);
    this.path();
  }

  /** Shows a plane of two latents. */
  look(plane) {
    this.plane = plane;
    this.box = boxAround(this.codes, plane);
    this.sliders();
    this.slice();
  }

  /** Starts what depends on the latents that the plane does not show. */
  slice() {
    this.moving = false;
    const work = (side) => magnification(this.decoder, this.z.slice(), this.plane, this.box, side);
    this.jobs = { ...this.jobs, coarse: work(SIDES[0]), fine: work(SIDES[1]) };
    this.moved();
  }

  /** The same while those latents move: the coarse map under way is finished first, so that one is seen at all. */
  slide() {
    if (!this.jobs.coarse) return this.slice();
    this.moving = true;
    this.moved();
  }

  sliders() {
    const root = this.find(".sliders");
    root.replaceChildren();
    if (this.decoder.latents < 3) return;
    const axes = document.createElement("div");
    axes.className = "axes";
    ["across", "up"].forEach((word, k) => {
      const select = document.createElement("select");
      select.append(...Array.from(this.z, (_, axis) => new Option(`z${axis + 1}`)));
      select.selectedIndex = this.plane[k];
      select.addEventListener("change", () => {
        const plane = [...this.plane];
        if (plane[1 - k] === select.selectedIndex) plane[1 - k] = plane[k];
        plane[k] = select.selectedIndex;
        this.look(plane);
      });
      const label = document.createElement("label");
      label.append(word, select);
      axes.append(label);
    });
    root.append(axes);
    for (const axis of this.z.keys()) {
      if (this.plane.includes(axis)) continue;
      const values = this.codes.map((code) => code[axis]);
      const label = document.createElement("label");
      const slider = document.createElement("input");
      Object.assign(slider, { type: "range", step: "any", min: Math.min(...values), max: Math.max(...values) });
      slider.value = this.z[axis];
      slider.dataset.axis = axis;
      slider.addEventListener("input", () => {
        this.z[axis] = Number(slider.value);
        this.slide();
        this.page.follow(this);
      });
      label.append(`z${axis + 1}`, slider, document.createElement("output"));
      root.append(label);
    }
    root.append(Object.assign(document.createElement("p"), { textContent: "Pale dots lie off the slice that the map shows." }));
  }

  /** Puts the point, or an end of the path, somewhere in the plane. */
  drag(name, place) {
    const target = name === "point" ? this.z : Float64Array.from(this.z);
    this.plane.forEach((axis, k) => (target[axis] = place[k]));
    if (name === "point") {
      this.moved();
      this.page.follow(this);
    } else {
      this.ends = { ...this.ends, [name]: target };
      this.path();
    }
  }

  /** Puts the point at a code. */
  put(z) {
    const other = z.some((value, axis) => !this.plane.includes(axis) && value !== this.z[axis]);
    this.z = Float64Array.from(z);
    if (other) this.slide();
    else this.moved();
  }

  place(name) {
    this.placing = name;
    if (name === "A") this.ends = { A: null, B: null };
    this.find(".path").setAttribute("aria-pressed", String(name !== null));
    this.path();
  }

  placed() {
    this.placing = this.placing === "A" ? "B" : null;
    this.find(".path").setAttribute("aria-pressed", String(this.placing !== null));
  }

  moved() {
    const axes = this.root.querySelectorAll(".sliders input");
    for (const slider of axes) {
      slider.value = this.z[slider.dataset.axis];
      slider.nextElementSibling.value = signed(this.z[slider.dataset.axis]);
    }
    this.page.wake(this);
  }

  key(event) {
    const step = (this.box[0][1] - this.box[0][0]) / (event.shiftKey ? 20 : 100);
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowDown: [0, -step], ArrowUp: [0, step] };
    const name = event.key.toUpperCase();
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const here = this.plane.map((axis) => this.z[axis]);
    if (moves[event.key]) {
      const place = here.map((value, k) => Math.min(this.box[k][1], Math.max(this.box[k][0], value + moves[event.key][k])));
      this.drag("point", place);
    } else if (name === "A" || name === "B") this.drag(name, here);
    else return;
    event.preventDefault();
  }

  /** Starts the search for the geodesic from A to B. */
  path() {
    [this.curve, this.found, this.straight, this.complete] = [null, null, null, false];
    const { A, B } = this.ends;
    const { decoder, codes, store } = this;
    function* graph() {
      const every = Math.ceil(codes.length / GRAPH);
      store.graph ||= yield* codeGraph(decoder, codes.filter((_, k) => k % every === 0));
      return store.graph;
    }
    const panel = this;
    function* search() {
      panel.straight = yield* straightLine(decoder, A, B);
      panel.filmed = false;
      return yield* geodesic(decoder, panel.straight, graph, boxAround(codes, [...A.keys()]));
    }
    const { path, ...others } = this.jobs || {};
    this.jobs = A && B ? { ...others, path: search() } : others;
    this.filmed = false;
    this.page.wake(this);
  }

  /** Works until a time; returns whether work is left. */
  work(until) {
    for (const name of ORDER) {
      while (this.jobs[name] && performance.now() < until) {
        const step = this.jobs[name].next();
        if (step.done) delete this.jobs[name];
        if (step.value) this.take(name, step);
      }
    }
    return ORDER.some((name) => this.jobs[name]);
  }

  take(name, { value, done }) {
    this.news = true;
    if (name !== "path") {
      this.map = { values: value, side: Math.sqrt(value.length) };
      this.recolour();
      if (this.moving) this.slice();
    } else if (value.curve) {
      [this.curve, this.found, this.complete] = [value.curve, value, done];
      this.filmed = false;
    } else if (!done && !this.found) this.curve = value;
  }

  /** Takes over the theme and the chosen factor. */
  recolour() {
    if (this.map) this.picture = shade(this.map.values, this.map.side);
    this.page.legend(this);
  }

  get colours() {
    return this.page.colours;
  }

  trails = () => this.page.trails(this);

  jump(event) {
    const canvas = event.target.closest("canvas");
    if (!canvas) return;
    const share = (event.clientX - canvas.getBoundingClientRect().left) / canvas.clientWidth;
    const t = Math.min(FRAMES - 1, Math.floor(share * FRAMES)) / (FRAMES - 1);
    this.put(pointOf(canvas.dataset.path === "geodesic" ? this.curve : lineFrom(this.ends.A, this.ends.B, 1), t));
    this.page.follow(this);
  }

  draw() {
    const { shape, span } = this.page.data;
    this.news = false;
    this.view.draw();
    [this.image.width, this.image.height] = [shape[1], shape[0]];
    this.pixels = this.decoder.decode(this.z);
    drawImage(this.image, this.pixels, shape, span);
    const code = this.codes.reduce((best, z, k) => (distance(z, this.z) < distance(this.codes[best], this.z) ? k : best), 0);
    this.nearest = code;
    const where = `(${Array.from(this.z, signed).join(", ")})`;
    const words = [Object.assign(document.createElement("b"), { textContent: "decoded image" }), `z = ${where}`];
    this.find(".where").replaceChildren(...words, document.createElement("br"), this.page.describe(code));
    if (!this.filmed) this.films();
  }

  films() {
    this.filmed = true;
    const root = this.find(".films");
    const { A, B } = this.ends;
    if (!A || !B) {
      root.textContent = A ? "Now click B." : "Click A on the map.";
      return;
    }
    const line = lineFrom(A, B, 1);
    const length = (one) => (one ? one.length.toPrecision(3) : "\u2026");
    const same = this.found && this.found === this.straight;
    const longer = this.found && !same ? ` (${(100 * (this.straight.length / this.found.length - 1)).toFixed(0)} % longer)` : "";
    const none = same ? ` (straight: no curve here is ${100 * LITTLE} % shorter)` : "";
    const rows = [
      ["geodesic", this.curve || line, "", `geodesic: length ${length(this.found)}${none}`],
      ["straight", line, "5 4", `straight line: length ${length(this.straight)}${longer}`],
    ];
    root.replaceChildren(...rows.map((row) => this.film(...row)));
  }

  film(name, curve, dash, words) {
    const { shape, span } = this.page.data;
    const row = document.createElement("div");
    row.className = "film";
    const stroke = `stroke="currentColor" stroke-width="${dash ? 2 : 3}" stroke-dasharray="${dash}"`;
    const text = document.createElement("p");
    text.innerHTML = `<svg viewBox="0 0 36 8" aria-hidden="true"><path d="M1 4H35" ${stroke}/></svg>`;
    text.append(words);
    const canvas = document.createElement("canvas");
    canvas.dataset.path = name;
    [canvas.width, canvas.height] = [FRAMES * (shape[1] + 1) - 1, shape[0]];
    for (let k = 0; k < FRAMES; k++) {
      const image = this.decoder.decode(pointOf(curve, k / (FRAMES - 1)));
      drawImage(canvas, image, shape, span, k * (shape[1] + 1));
    }
    row.append(text, canvas);
    return row;
  }
}
