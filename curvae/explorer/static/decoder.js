// A multilayer perceptron from codes to means of images, and its derivatives.
"use strict";

const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);
const sigmoid = (a) => 1 / (1 + Math.exp(-a));

// Value and derivative, as PyTorch's defaults have them.
const ACTIVATIONS = {
  relu: [(a) => (a > 0 ? a : 0), (a) => (a > 0 ? 1 : 0)],
  leaky_relu: [(a) => (a > 0 ? a : 0.01 * a), (a) => (a > 0 ? 1 : 0.01)],
  elu: [(a) => (a > 0 ? a : Math.expm1(a)), (a) => (a > 0 ? 1 : Math.exp(a))],
  softplus: [(a) => (a > 20 ? a : Math.log1p(Math.exp(a))), sigmoid],
  tanh: [Math.tanh, (a) => 1 - Math.tanh(a) ** 2],
  sigmoid: [sigmoid, (a) => sigmoid(a) * (1 - sigmoid(a))],
  identity: [(a) => a, () => 1],
};

// Weights [input, output]: floats, or whole numbers in units of a step for each output. Those of 20 bits come in two
// parts: the upper 16 bits, and the lower 4 of two numbers in a byte.
function unpackLayer(spec) {
  const bias = floatsOf(spec.bias);
  if (!spec.step) return { weight: floatsOf(spec.weight), bias };
  const step = floatsOf(spec.step);
  const upper = new Int16Array(bytesOf(spec.weight).buffer);
  const lower = spec.lower && bytesOf(spec.lower);
  const whole = (at) => (lower ? 16 * upper[at] + ((lower[at >> 1] >> (4 * (at & 1))) & 15) : upper[at]);
  return { weight: Float32Array.from(upper, (_, at) => whole(at) * step[at % step.length]), bias };
}

// x W + start
function affine(weight, x, start) {
  const y = Float64Array.from(start);
  const outputs = y.length;
  for (let i = 0, at = 0; i < x.length; i++, at += outputs) {
    const factor = x[i];
    if (factor !== 0) for (let j = 0; j < outputs; j++) y[j] += factor * weight[at + j];
  }
  return y;
}

class Decoder {
  constructor(spec) {
    this.latents = spec.latents;
    this.layers = spec.layers.map(unpackLayer);
    this.hidden = ACTIVATIONS[spec.activation];
    this.output = ACTIVATIONS[spec.output];
    this.units = Array.from({ length: spec.latents }, (_, k) => {
      const unit = new Float64Array(spec.latents);
      unit[k] = 1;
      return unit;
    });
  }

  /** Mean image of a code. */
  decode(z) {
    return this.push(z, []).image;
  }

  /** Mean image of a code, and its derivatives along directions. */
  push(z, directions) {
    let values = z;
    let tangents = directions;
    this.layers.forEach(({ weight, bias }, index) => {
      const [value, slope] = index < this.layers.length - 1 ? this.hidden : this.output;
      values = affine(weight, values, bias);
      const none = new Float64Array(bias.length);
      tangents = tangents.map((tangent) => {
        const pushed = affine(weight, tangent, none);
        for (let j = 0; j < pushed.length; j++) pushed[j] *= slope(values[j]);
        return pushed;
      });
      for (let j = 0; j < values.length; j++) values[j] = value(values[j]);
    });
    return { image: values, tangents };
  }
}
