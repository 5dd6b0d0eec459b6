import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { validateClientEvent } from '../../src/protocol/client-validation.ts';
import { decodeServerEvent } from '../../src/protocol/codec.ts';

interface Interaction {
  readonly direction?: 'sent' | 'received';
  readonly data?: { readonly type: string; readonly delta?: string };
}

const folder = new URL('../../../../../shared/data/recordings/', import.meta.url);
const names = [
  'openai-ga-server-vad-turn',
  'openai-ga-text-in-audio-out',
  'openai-ga-tool-call-round',
  'azure-ga-text-in-audio-out',
  'azure-ga-tool-call-round',
];

function messages(name: string, direction: 'sent' | 'received') {
  const file: { interactions: Interaction[] } = parse(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'));
  return file.interactions.flatMap((entry) =>
    entry.direction === direction && entry.data ? [entry.data] : [],
  );
}

describe.skipIf(!existsSync(folder))('recorded sessions (skipped without shared/data/recordings)', () => {
  it.each(names)('reads all that the server of %s said, without loss', (name) => {
    for (const data of messages(name, 'received')) {
      const result = decodeServerEvent(JSON.stringify(data));
      if (data.type === 'response.output_audio.delta') {
        expect(result).toMatchObject({
          kind: 'audio',
          audio: new Uint8Array(Buffer.from(data.delta ?? '', 'base64')),
        });
      } else {
        expect(result).toMatchObject({ kind: 'event', event: data });
      }
    }
  });

  it.each(names)('accepts all that the client of %s said', (name) => {
    for (const data of messages(name, 'sent')) {
      expect(validateClientEvent(data)).toEqual({ ok: true, event: data });
    }
  });

  it('takes no offence at what another server says', () => {
    for (const data of messages('xai-session-resumption-after-drop', 'received')) {
      expect(decodeServerEvent(JSON.stringify(data)).kind).not.toBe('invalid');
    }
  });
});
