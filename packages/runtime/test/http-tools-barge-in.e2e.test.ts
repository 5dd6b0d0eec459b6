// A caller who cuts in again and again while tools wait for a server: over real sockets, on both sides.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpTool, type HttpRequestDeclaration, type Tool, type ToolSettings } from '@antiphon/tools';
import { expect, it, onTestFinished } from 'vitest';
import { prepareCall } from './support/live-call.ts';

/** A server that answers when it is told to, and knows who went before that. */
class PatientServer {
  readonly gone: string[] = [];
  readonly asked: string[] = [];
  readonly #waiting = new Map<string, ServerResponse[]>();
  readonly #server = createServer((request, response) => {
    const path = request.url ?? '';
    this.asked.push(path);
    this.#waiting.set(path, [...this.waitingAt(path), response]);
    response.once('close', () => {
      this.#waiting.set(
        path,
        this.waitingAt(path).filter((other) => other !== response),
      );
      if (!response.writableFinished) this.gone.push(path);
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    onTestFinished(() => {
      this.#server.closeAllConnections();
      this.#server.close();
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  waitingAt(path: string): readonly ServerResponse[] {
    return this.#waiting.get(path) ?? [];
  }

  answer(path: string, text: string): void {
    for (const response of this.waitingAt(path)) response.end(text);
  }
}

function httpTool(name: string, http: HttpRequestDeclaration, settings: ToolSettings): Tool {
  const parameters = { type: 'object', properties: {} } as const;
  const review = createHttpTool({
    ...settings,
    name,
    description: `The ${name} tool.`,
    parameters,
    http,
    timeoutMs: 60_000,
    retries: 0,
  });
  if (review.kind === 'unsound') throw new Error(JSON.stringify(review.problems));
  return review.tool;
}

const rounds = 4;

it('cancels the requests that may be, keeps the others with their results, and answers each call once', async () => {
  const server = new PatientServer();
  const origin = await server.listen();
  const turns = Array.from({ length: rounds }, (_, round) => [`Look ${round}.`, 'Wait!', 'Go on.']).flat();
  const call = await prepareCall({
    model: { hears: turns },
    answers: (model) => {
      for (let round = 0; round < rounds; round += 1) {
        const named = (name: string) => ({ name, callId: `${name}_${round}` });
        model.when({ turn: round * 3 + 1 }, 1).calls(named('keep'), named('drop'), named('write'));
      }
      model.otherwise().says('All right.');
    },
    tools: [
      httpTool('keep', { url: `${origin}/keep` }, { onInterrupt: 'keep' }),
      httpTool('drop', { url: `${origin}/drop` }, { onInterrupt: 'cancel' }),
      httpTool('write', { url: `${origin}/write`, method: 'POST' }, { onInterrupt: 'keep' }),
    ],
    caller: (caller) => {
      for (let round = 0; round < rounds; round += 1) {
        caller.says({ speechMs: 500 });
        // The caller waits until the requests are there, cuts in, and goes on when it was heard.
        caller.says({ speechMs: 900 }).after({ ms: 1_500 });
        caller.staysSilent(3_000).says({ speechMs: 500 }).staysSilent(3_000);
      }
    },
  });
  await call.start({ source: call.caller.source, sink: call.caller.sink });

  for (let round = 0; round < rounds; round += 1) {
    const settled = () => call.noticesOf('tool_settled').map(({ callId }) => callId);
    await call.until('the calls', () => call.noticesOf('tool_started').length === 3 * (round + 1), 60_000);
    await call.untilReally(() => server.asked.length === 3 * (round + 1));
    await call.until('the cut', () => settled().includes(`drop_${round}`), 60_000);
    await call.untilReally(() => server.gone.length === round + 1);
    expect(settled()).toHaveLength(3 * round + 1);
    server.answer('/keep', `kept ${round}`);
    server.answer('/write', `written ${round}`);
    await call.until('the results', () => settled().length === 3 * (round + 1), 60_000);
  }
  await call.until('the last turn', () => call.caller.said.length === 3 * rounds, 120_000);
  await call.pass(2_000);
  await call.settled();

  const { items } = call.model.conversation;
  const given = items.filter(({ type }) => type === 'function_call_output');
  expect(given.map(({ callId }) => callId).toSorted()).toEqual(
    Array.from({ length: rounds }, (_, round) => [`drop_${round}`, `keep_${round}`, `write_${round}`])
      .flat()
      .toSorted(),
  );
  for (const { callId, output } of given) {
    const [name, round] = callId.split('_');
    if (name === 'drop') expect(output).toContain('cancelled');
    else expect(output).toBe(`${name === 'keep' ? 'kept' : 'written'} ${round}`);
  }
  expect(server.asked.toSorted()).toEqual(
    ['/drop', '/keep', '/write'].flatMap((path) => Array<string>(rounds).fill(path)),
  );
  expect(server.gone).toEqual(Array<string>(rounds).fill('/drop'));
  expect(call.refusals).toEqual([]);
  expect(items.at(-1)).toMatchObject({ role: 'assistant' });
});
