import { describe, expect, it } from 'vitest';
import { recordingPlan } from '../src/run/recording-rules.ts';

type Row = readonly [
  what: string,
  words: Readonly<Record<string, string>>,
  file: Parameters<typeof recordingPlan>[1],
  plan: object,
];

describe('how a conversation is recorded', () => {
  it.each<Row>([
    ['nothing is said', {}, {}, { agent: 'heard', format: 'wav', consent: 'unknown' }],
    [
      'the file says it',
      {},
      { agent: 'generated', format: 'ogg', consent: 'required', consent_by: 'the desk' },
      { agent: 'generated', format: 'ogg', consent: 'required', consentBy: 'the desk' },
    ],
    [
      'the words come before the file',
      { record: 'heard', 'record-format': 'wav', consent: 'not_needed', 'consent-by': 'me' },
      { agent: 'generated', format: 'ogg', consent: 'required', consent_by: 'the desk' },
      { agent: 'heard', format: 'wav', consent: 'not_needed', consentBy: 'me' },
    ],
    [
      'the file names who',
      {},
      { consent_by: 'the desk' },
      { agent: 'heard', format: 'wav', consent: 'given', consentBy: 'the desk' },
    ],
    [
      'the words name who, whatever the file waits for',
      { 'consent-by': 'me' },
      { consent: 'required' },
      { agent: 'heard', format: 'wav', consent: 'given', consentBy: 'me' },
    ],
  ])('%s', (_what, options, file, plan) => {
    expect(recordingPlan({ options }, file, { unsaid: 'unknown' })).toEqual(plan);
  });

  it('is agreed to by whoever asks for it, where that is so', () => {
    expect(recordingPlan({ options: {} }, {}, { unsaid: 'given' }).consent).toBe('given');
    expect(recordingPlan({ options: {} }, { consent: 'required' }, { unsaid: 'given' }).consent).toBe(
      'required',
    );
  });
});
