// Measures the resampler and those of others in one run, and draws it. Run after a build; with others installed by
// "npm install --prefix bench", and sox, ffmpeg and samplerate-programs where the system has them:
//   node bench/resampler.mjs [--write]     --write puts tables and pictures into docs/audio/
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allCandidates, benchPairs, own } from './audio/candidates.mjs';
import { heatPng, lineChart } from './audio/draw.mjs';
import { convert, latencyMs, quality, speeds, streaming, sweepErrorDb } from './audio/measure.mjs';
import { chirp, db, middleRms, sine, spectrogram } from './audio/signals.mjs';

const { values } = parseArgs({ options: { write: { type: 'boolean' } } });
const rates = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000];
const profiles = {
  standard: { passEdge: 0.45, stopEdge: 0.55 },
  hq: { passEdge: 0.45, stopEdge: 0.505 },
  vhq: { passEdge: 0.45, stopEdge: 0.505 },
  lowlat: { passEdge: 0.4, stopEdge: 0.6 },
};
const pairs = rates.flatMap((from) => rates.filter((to) => to !== from).map((to) => [from, to]));
const kilo = (hz) => String(hz / 1000);
const name = ([from, to]) => `${kilo(from)} → ${kilo(to)}`;
const row = (cells) => `| ${cells.join(' | ')} |`;

function everyPair() {
  const names = Object.keys(profiles);
  const lines = [
    row(['kHz', ...names.map((profile) => `${profile}: flat / rejection / THD+N / sweep, dB; delay, ms`)]),
    row(['---', ...names.map(() => '---')]),
  ];
  const worst = Object.fromEntries(names.map((profile) => [profile, [0, -999, -999, -999, 0]]));
  for (const [from, to] of pairs) {
    const cells = names.map((profile) => {
      const candidate = own(profile);
      const { flatDb, rejectionDb, thdnDb } = quality(candidate, from, to, profiles[profile]);
      const sweep = sweepErrorDb(candidate, from, to, profiles[profile].passEdge);
      const delay = latencyMs(candidate, from, to);
      worst[profile] = worst[profile].map((most, i) =>
        Math.max(most, [flatDb, rejectionDb, thdnDb, sweep, delay][i]),
      );
      return `${flatDb.toFixed(4)} / ${rejectionDb.toFixed(0)} / ${thdnDb.toFixed(0)} / ${sweep.toFixed(0)}; ${delay.toFixed(1)}`;
    });
    lines.push(row([name([from, to]), ...cells]));
  }
  const summary = names.map((profile) => {
    const [flat, rejection, thdn, sweep, delay] = worst[profile];
    return `${flat.toFixed(4)} / ${rejection.toFixed(0)} / ${thdn.toFixed(0)} / ${sweep.toFixed(0)}; ${delay.toFixed(1)}`;
  });
  lines.push(row(['**worst**', ...summary.map((cell) => `**${cell}**`)]));
  return lines.join('\n');
}

function besideOthers(candidates) {
  const timed = candidates.filter(({ kind }) => kind !== 'whole');
  const us = benchPairs.map(([from, to]) => speeds(timed, from, to));
  const lines = [
    row(['', ...benchPairs.map(name), 'cuts change', 'length off by']),
    row(['---', ...benchPairs.map(() => '---'), '---', '---']),
  ];
  for (const candidate of candidates) {
    const cells = benchPairs.map(([from, to], i) => {
      const { flatDb, rejectionDb, thdnDb } = quality(candidate, from, to);
      const figures = `${flatDb.toFixed(flatDb < 0.05 ? 4 : 2)} / ${rejectionDb.toFixed(0)} / ${thdnDb.toFixed(0)}`;
      if (candidate.kind === 'whole') return figures;
      return `${figures} / ${latencyMs(candidate, from, to).toFixed(1)} / **${us[i].get(candidate.name).toFixed(1)}**`;
    });
    const cuts = benchPairs.map(([from, to]) => streaming(candidate, from, to));
    const difference = Math.max(...cuts.map(({ largestDifference }) => largestDifference));
    const off = cuts.map(({ extraSamples }) => extraSamples);
    lines.push(
      row([
        candidate.name,
        ...cells,
        candidate.kind === 'whole' ? '–' : difference === 0 ? 'nothing' : difference.toExponential(0),
        off.every((samples) => samples === 0) ? '0' : `${Math.min(...off)} … ${Math.max(...off)}`,
      ]),
    );
  }
  const ratios = benchPairs.map((pair, i) => {
    const fastest = (names) =>
      Math.min(...[...us[i]].filter(([key]) => names.test(key)).map(([, value]) => value));
    const times = (ours, others) => (fastest(others) / us[i].get(`antiphon ${ours}`)).toFixed(1);
    return `${name(pair)}: ${times('standard', /^speex wasm simd q7/)} (q7), ${times('standard', /^speex wasm simd q5/)} (q5), ${times('hq', /^speex wasm simd q10/)} (hq, q10), ${times('vhq', /^libsamplerate.*best/)} (vhq, libsamplerate best)`;
  });
  return { table: lines.join('\n'), ratios };
}

/** Gain of tones over the whole input band, as it comes out (aliases included). */
function response(profile, fromHz, toHz, frequencies) {
  return frequencies.map((hz) => {
    const input = sine({ hz, rateHz: fromHz, seconds: 0.2, amplitude: 0.5 });
    return [
      hz / Math.min(fromHz, toHz),
      db(middleRms(convert(own(profile), fromHz, toHz, input)) / middleRms(input)),
    ];
  });
}

function charts() {
  const wide = Array.from({ length: 320 }, (_, i) => 50 + i * 74.7);
  const narrow = Array.from({ length: 141 }, (_, i) => 24000 * (0.3 + i * 0.0015));
  const lines = (frequencies) =>
    Object.keys(profiles).map((profile) => ({
      name: profile,
      points: response(profile, 48000, 24000, frequencies),
    }));
  return {
    'resampler-response.svg': lineChart({
      title: 'Gain by frequency, 48 kHz to 24 kHz, measured with tones',
      x: { label: 'frequency / lower rate', from: 0, to: 1, step: 0.1 },
      y: { label: 'dB', from: -140, to: 0, step: 20 },
      lines: lines(wide),
    }),
    'resampler-pass-band.svg': lineChart({
      title: 'The edge of the pass band, 48 kHz to 24 kHz',
      x: { label: 'frequency / lower rate', from: 0.3, to: 0.5, step: 0.05 },
      y: { label: 'dB', from: -6, to: 1, step: 1 },
      lines: lines(narrow),
    }),
  };
}

/** A chirp over the whole input band; what is folded back shows as a second line. */
function sweeps() {
  const picture = (candidate, fromHz, toHz) => {
    const band = { fromHz: 0, toHz: fromHz / 2, seconds: 4, rateHz: fromHz };
    const columns = spectrogram(convert(candidate, fromHz, toHz, chirp(band)), { size: 512, columns: 480 });
    const bins = columns[0].length;
    return heatPng(
      Array.from({ length: bins }, (_, r) => columns.map((column) => (column[bins - 1 - r] + 140) / 140)),
    );
  };
  return Object.fromEntries(
    Object.keys(profiles).flatMap((profile) => [
      [`resampler-sweep-48-24-${profile}.png`, picture(own(profile), 48000, 24000)],
      [`resampler-sweep-16-24-${profile}.png`, picture(own(profile), 16000, 24000)],
    ]),
  );
}

const { candidates, skipped } = await allCandidates();
for (const line of skipped) console.log(`left out: ${line}`);
const beside = besideOthers(candidates);
console.log(beside.table);
console.log(`\ntimes faster than others: ${beside.ratios.join('; ')}\n`);
const every = everyPair();
console.log(every);
if (values.write === true) {
  const folder = fileURLToPath(new URL('../docs/audio/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries({ ...charts(), ...sweeps() }))
    writeFileSync(`${folder}${file}`, content);
  writeFileSync(
    `${folder}resampler-figures.md`,
    [
      '# Figures of the resampler',
      '',
      'Written by `node bench/resampler.mjs --write`; [audio.md](../audio.md) says how each figure is defined.',
      '',
      '## Every pair of rates',
      '',
      every,
      '',
      '## Beside others, in one run',
      '',
      'Flatness to 0.45 of the lower rate, dB / rejection from 0.55 on, dB / THD+N, dB / latency, ms / **µs per 20 ms of audio**',
      '(least of 120 rounds, the candidates taking turns). Native programs are not timed.',
      '',
      beside.table,
      '',
      `Times faster, \`standard\` than Speex in WebAssembly with SIMD, and better profiles than what comes near them: ${beside.ratios.join('; ')}.`,
      '',
    ].join('\n'),
  );
  console.log(`Wrote ${folder}`);
}
