// Line charts as SVG and pictures as PNG, as small as the documentation needs them.
import { crc32, deflateSync } from 'node:zlib';

const colours = ['#1f6feb', '#d1242f', '#1a7f37', '#8250df'];

/**
 * @param {{ title: string, x: { label: string, from: number, to: number, step: number },
 *   y: { label: string, from: number, to: number, step: number }, lines: { name: string, points: [number, number][] }[] }} chart
 */
export function lineChart({ title, x, y, lines }) {
  const [width, height, left, top, right, bottom] = [760, 360, 64, 34, 16, 48];
  const px = (value) => left + ((value - x.from) / (x.to - x.from)) * (width - left - right);
  const py = (value) => top + ((y.to - value) / (y.to - y.from)) * (height - top - bottom);
  const ticks = ({ from, to, step }) =>
    Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
  const text = (value) => String(Number(value.toFixed(4)));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="20" font-size="14">${title}</text>`,
    ...ticks(x).map(
      (v) =>
        `<path d="M${px(v).toFixed(1)} ${top}V${height - bottom}" stroke="#ddd"/><text x="${px(v).toFixed(1)}" y="${height - bottom + 16}" text-anchor="middle">${text(v)}</text>`,
    ),
    ...ticks(y).map(
      (v) =>
        `<path d="M${left} ${py(v).toFixed(1)}H${width - right}" stroke="#ddd"/><text x="${left - 6}" y="${(py(v) + 4).toFixed(1)}" text-anchor="end">${text(v)}</text>`,
    ),
    `<text x="${(left + width - right) / 2}" y="${height - 10}" text-anchor="middle">${x.label}</text>`,
    `<text transform="translate(14 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>`,
    ...lines.map(({ points }, i) => {
      const path = points
        .map(([vx, vy]) => `${px(vx).toFixed(1)} ${py(Math.min(Math.max(vy, y.from), y.to)).toFixed(1)}`)
        .join('L');
      return `<path d="M${path}" fill="none" stroke="${colours[i % colours.length]}" stroke-width="1.5"/>`;
    }),
    ...lines.map(
      ({ name }, i) =>
        `<text x="${width - right - 8}" y="${top + 18 + i * 16}" text-anchor="end" fill="${colours[i % colours.length]}">${name}</text>`,
    ),
    '</svg>',
    '',
  ];
  return parts.join('\n');
}

/** @param {number[][]} rows values 0..1, the top row first */
export function heatPng(rows) {
  const [height, width] = [rows.length, rows[0].length];
  const raw = Buffer.alloc(height * (width + 1));
  rows.forEach((row, r) =>
    row.forEach((value, c) => {
      raw[r * (width + 1) + 1 + c] = Math.round(Math.min(Math.max(value, 0), 1) * 255);
    }),
  );
  const palette = Buffer.from(Array.from({ length: 256 }, (_, i) => heat(i / 255)).flat());
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('PLTE', palette),
    pngChunk('IDAT', deflateSync(raw, { level: 9 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Black, blue, magenta, orange, yellow, white. */
function heat(value) {
  const stops = [
    [0, 0, 4],
    [40, 11, 110],
    [140, 30, 120],
    [220, 70, 60],
    [250, 170, 30],
    [255, 255, 220],
  ];
  const at = value * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  return stops[low].map((c, i) => Math.round(c + (stops[low + 1][i] - c) * (at - low)));
}

function pngChunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

function crc(bytes) {
  if (crc32 !== undefined) return crc32(bytes);
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let k = 0; k < 8; k++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}
