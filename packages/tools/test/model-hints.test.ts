import { AntiphonError, type ErrorCode, errorTable } from '@antiphon/core';
import { defineTool, ToolError } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { answeredError } from '../src/answered-error.ts';
import { testHost } from './support/host.ts';

/** What only whoever writes, starts or runs an agent can do, and no caller should hear. */
const forPeople =
  /antiphon |author|application|whoever|\blog\b|"(approve|allow|caller|client|command|redirects)/i;

describe('what a model is told to do next', () => {
  it.each(
    Object.entries(errorTable)
      .filter(([code, { exitCode }]) => code.startsWith('tool.') && exitCode === 4)
      .map(([code]) => code as ErrorCode),
  )('after %s is no edit and no command', (code) => {
    const { modelHint } = new AntiphonError(code, {} as never);
    expect(modelHint).not.toMatch(forPeople);
    expect(modelHint).not.toBe('');
  });

  it.each([
    [
      answeredError('tool.http_refused', { host: 'x' } as never),
      'Say that the service cannot be reached at present.',
    ],
    [
      new ToolError('There is no such order.', { hint: 'Ask for the number on the invoice.' }),
      'Ask for the number on the invoice.',
    ],
    [new ToolError('There is no such order.'), undefined],
  ])('is told with the error: %s', async (thrown, hint) => {
    const tool = defineTool({
      name: 'order',
      description: 'x',
      input: { type: 'object', properties: {} },
      execute: () => {
        throw thrown;
      },
    });
    const { output } = await testHost([tool as never]).call('order', '{}');
    expect((output as { hint?: string }).hint).toBe(hint);
  });
});
