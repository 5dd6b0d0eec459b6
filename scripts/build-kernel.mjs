// Compiles the resampler's inner loops from WebAssembly text into the module that ships.
//   node scripts/build-kernel.mjs [--print]
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import wabt from 'wabt';

const folder = fileURLToPath(new URL('../packages/audio/src/dsp/kernel/', import.meta.url));
const parts = ['polyphase.wat', 'comb.wat', 'wide.wat'];
const charactersPerLine = 96;

/** @param {Uint8Array} binary @returns {string} */
function moduleText(binary) {
  const hex = Buffer.from(binary).toString('hex');
  const lines = hex.match(new RegExp(`.{1,${charactersPerLine}}`, 'g')) ?? [];
  return [
    '// Written by "node scripts/build-kernel.mjs" from polyphase.wat, comb.wat and wide.wat.',
    '/** The compiled module, in hexadecimal. */',
    'export const polyphaseWasmHex: string = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}

const { values } = parseArgs({ options: { print: { type: 'boolean' } } });
const { parseWat } = await wabt();
const fields = parts.map((part) => readFileSync(`${folder}${part}`, 'utf8')).join('\n');
const parsed = parseWat(parts.join('+'), `(module\n${fields})`, { simd: true });
parsed.validate();
const text = moduleText(parsed.toBinary({}).buffer);
if (values.print === true) process.stdout.write(text);
else writeFileSync(`${folder}polyphase-wasm.ts`, text);
