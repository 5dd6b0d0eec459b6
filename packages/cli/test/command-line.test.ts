import { isAntiphonError } from '@antiphon/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandSpec, usefulCommonOptions } from '../src/command-line/command.ts';
import { commandHelp, programHelp } from '../src/command-line/help.ts';
import { parseCommandLine } from '../src/command-line/parse.ts';
import { checkSpec } from '../src/commands/specs/check-spec.ts';
import { initSpec } from '../src/commands/specs/init-spec.ts';
import { replaySpec } from '../src/commands/specs/replay-spec.ts';
import { runSpec } from '../src/commands/specs/run-spec.ts';
import {
  toolsCallSpec,
  toolsListSpec,
  toolsLockSpec,
  toolsSchemaSpec,
} from '../src/commands/specs/tools-spec.ts';
import { inputName, planTurns } from '../src/run/turn-plan.ts';

const specs = [
  runSpec,
  checkSpec,
  toolsListSpec,
  toolsCallSpec,
  toolsSchemaSpec,
  toolsLockSpec,
  replaySpec,
  initSpec,
];

function problemOf(spec: CommandSpec, words: readonly string[]): string {
  try {
    parseCommandLine(spec, words);
  } catch (error) {
    if (isAntiphonError(error, 'cli.usage')) return error.message;
    throw error;
  }
  return 'none';
}

describe('parseCommandLine', () => {
  it('keeps WAV files and texts in the order given', () => {
    const words = ['a.wav', '--text', 'hello', 'b.wav', '--text=again', '--out', 'dir', '-', '--text', 'bye'];
    const { ordered, options, positionals } = parseCommandLine(runSpec, words);
    expect(ordered.map(({ option, value }) => `${option ?? 'file'} ${value}`)).toEqual([
      'file a.wav',
      'text hello',
      'file b.wav',
      'text again',
      'file -',
      'text bye',
    ]);
    expect(positionals).toEqual(['a.wav', 'b.wav', '-']);
    expect(options).toEqual({ out: 'dir' });
  });

  it.each([
    [['--text='], { ordered: [{ option: 'text', value: '' }] }],
    [['--text=a=b --json'], { ordered: [{ option: 'text', value: 'a=b --json' }] }],
    [['--text=-5 degrees'], { ordered: [{ option: 'text', value: '-5 degrees' }] }],
    [['--', '--text', '-x'], { positionals: ['--text', '-x'] }],
    [['--json', '--quiet', '--debug'], { options: { json: true, quiet: true, debug: true } }],
    [['--pace', 'realtime'], { options: { pace: 'realtime' } }],
    [['--record', 'generated'], { options: { record: 'generated' } }],
    [['--out', 'a', '--out', 'b'], { options: { out: 'b' } }],
    [['--help', 'surplus'], { options: { help: true } }],
  ])('reads %j', (words, expected) => {
    expect(parseCommandLine(runSpec, words)).toMatchObject(expected);
  });

  it.each<[CommandSpec, string[], string]>([
    [runSpec, ['--outt', 'x'], 'unknown option --outt; did you mean --out?'],
    [runSpec, ['--provder', 'x'], 'unknown option --provder; did you mean --provider?'],
    [runSpec, ['--pase', 'fast'], 'unknown option --pase; did you mean --pace?'],
    [runSpec, ['--zzz'], 'unknown option --zzz'],
    [runSpec, ['-x'], 'unknown option -x'],
    [runSpec, ['--out'], '--out needs a value: --out DIR'],
    [runSpec, ['a.wav', '--text'], '--text needs a value: --text T'],
    [runSpec, ['--json=yes'], '--json takes no value, but was given "yes"'],
    [runSpec, ['--pace', 'slow'], '--pace is realtime or fast, not "slow"'],
    [runSpec, ['--record-format', 'mp3'], '--record-format is wav or ogg, not "mp3"'],
    [runSpec, ['--record', 'all'], '--record is heard or generated, not "all"'],
    [checkSpec, ['a.yaml', 'b.yaml'], 'unexpected argument "b.yaml"'],
    [checkSpec, ['--text', 'x'], 'unknown option --text'],
    [toolsListSpec, ['get_weather'], 'unexpected argument "get_weather"'],
    [toolsSchemaSpec, [], 'missing argument: antiphon tools schema NAME'],
    [toolsCallSpec, ['a', '{}', 'c'], 'unexpected argument "c"'],
  ])('refuses %#', (spec, words, problem) => {
    expect(problemOf(spec, words)).toBe(problem);
  });

  it('gives help whatever the arguments are', () => {
    for (const spec of specs) {
      expect(parseCommandLine(spec, ['--help']).options['help']).toBe(true);
    }
  });

  it('reads any words or says what is wrong with them', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--text', '--out', '--json', '-', '--', '--pace=fast'),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(typeof problemOf(runSpec, words)).toBe('string');
      }),
    );
  });
});

describe('planTurns', () => {
  it('turns words into turns, and names them for the summary', () => {
    const { ordered } = parseCommandLine(runSpec, ['a.wav', '--answer', 'x=1', '--text', 'hello', '-']);
    const turns = planTurns(ordered);
    expect(turns).toEqual([
      { kind: 'audio', path: 'a.wav' },
      { kind: 'text', text: 'hello' },
      { kind: 'audio', path: '-' },
    ]);
    expect(turns.map(inputName)).toEqual(['a.wav', 'text', 'stdin']);
  });
});

describe('help', () => {
  it.each(specs.map((spec) => [spec.path.join(' '), spec] as const))(
    'of %s names every option',
    (_, spec) => {
      const help = commandHelp(spec);
      for (const { name, value, help: text } of [...spec.options, ...usefulCommonOptions(spec)]) {
        expect(help).toContain(`--${name}${value ? ` ${value}` : ''}`);
        expect(help).toContain(text);
      }
      for (const example of spec.examples) expect(help).toContain(example);
      expect(help).toContain(spec.description);
      expect(help.startsWith(`Usage: antiphon ${spec.path.join(' ')}`)).toBe(true);
      expect(help.endsWith('\n')).toBe(true);
    },
  );

  it.each(specs.map((spec) => [spec.path.join(' '), spec] as const))(
    'of %s has examples it can parse',
    (_, spec) => {
      for (const example of spec.examples) {
        const words =
          example.match(/"[^"]*"|'[^']*'|\S+/g)?.map((word) => word.replaceAll(/^["']|["']$/g, '')) ?? [];
        expect(words.slice(0, spec.path.length + 1)).toEqual(['antiphon', ...spec.path]);
        expect(problemOf(spec, words.slice(spec.path.length + 1))).toBe('none');
      }
    },
  );

  it.each([[replaySpec], [initSpec]])(
    'of a command that reads no agent file does not speak of one: %#',
    (spec) => {
      expect(commandHelp(spec)).not.toMatch(/--config|--agent|--provider/);
    },
  );

  it('of the program names every command and exit code', () => {
    const help = programHelp(specs, '1.2.3');
    expect(help).toContain('antiphon 1.2.3');
    for (const { path, summary } of specs) {
      expect(help).toContain(path.join(' '));
      expect(help).toContain(summary);
    }
    for (const code of ['0 done', '2 bad usage', '3 the provider', '4 the session', '130 interrupted']) {
      expect(help).toContain(code);
    }
  });

  it('keeps to lines a terminal shows whole', () => {
    for (const text of [programHelp(specs, '1.2.3'), ...specs.map(commandHelp)]) {
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(124);
    }
  });
});
