import type { JsonValue, Provider, SessionUpdate, ToolSpec } from '@antiphon/core';
import { asJson } from '../recorded/json-members.ts';
import { leftResources } from './left-resources.ts';
import { ProviderCall } from './provider-call.ts';
import { checkTransport } from './transport-contract.ts';

/** What a provider is held against: a far end that answers, made anew for each check. */
export interface ProviderBench {
  readonly provider: Provider;
  /** Ends the newest connection from the far side. Absent for what runs in this process and never ends by itself. */
  readonly endFromAfar?: () => void;
  /** What the far end did not take of what it was sent, in its words. */
  readonly refused?: () => readonly string[];
  /** The texts that the far end holds of the newest conversation, in their order. */
  readonly remembered?: () => readonly string[];
  /** Providers of the same kind that cannot connect: no server, a key that is refused. */
  readonly broken?: readonly Provider[];
  /** Ends the far end; the provider is closed before. */
  close(): Promise<void>;
}

/** A provider, and what can be said to it. */
export interface ProviderSubject {
  /** Settings beside instructions, tools and formats. */
  readonly session?: Partial<SessionUpdate>;
  /** A typed question. */
  readonly question: { readonly text: string; readonly answer: RegExp };
  /** A question for which the model calls a tool once. */
  readonly toolQuestion?: {
    readonly text: string;
    readonly tool: ToolSpec;
    readonly output: JsonValue;
    readonly answer: RegExp;
  };
  /** A spoken question: mono, 16 bit, 24 kHz. */
  readonly speech?: { readonly samples: Int16Array; readonly answer: RegExp };
  /** Values that no message may hold: keys, tokens. */
  readonly secrets?: readonly string[];
  open(): Promise<ProviderBench>;
}

/** One check of a contract, for any test runner. Its `run` rejects with what is wrong. */
export interface ContractCheck {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * The contract of a provider, as checks for any test runner: what cannot be tried with the subject is left out.
 *
 * @example
 * for (const { name, run } of providerContract(subject)) it(name, run); // vitest
 * for (const { name, run } of providerContract(subject)) test(name, run); // node:test
 */
export function providerContract(subject: ProviderSubject): readonly ContractCheck[] {
  const { toolQuestion, speech } = subject;
  const check = (name: string, run: (bench: ProviderBench) => Promise<void>): ContractCheck => ({
    name,
    run: () => withBench(subject, run),
  });
  return [
    check('introduces its session first, and agrees to the settings', agrees(subject)),
    check('answers a typed question', answersTyped(subject)),
    ...(speech ? [check('answers a spoken question', answersSpoken(subject, speech))] : []),
    ...(toolQuestion
      ? [check('calls a tool, takes its output and goes on', callsTool(subject, toolQuestion))]
      : []),
    check('takes the history of a conversation', takesHistory(subject)),
    check('stops when it is told to, and goes on afterwards', cancels(subject)),
    check('keeps connections apart', keepsApart(subject)),
    check('keeps the contract of a transport', keepsTransport),
    check('tells nothing and holds nothing after the close', leavesNothing(subject)),
    check('tells of a connection that cannot be made, and throws nothing', tellsFailure(subject)),
  ];
}

async function withBench(
  subject: ProviderSubject,
  run: (bench: ProviderBench) => Promise<void>,
): Promise<void> {
  const bench = await subject.open();
  try {
    await run(bench);
    const refused = bench.refused?.() ?? [];
    if (refused.length > 0)
      throw new Error(`the far end did not take what it was sent: ${refused.join('; ')}`);
  } finally {
    await bench.provider.close();
    await bench.close();
  }
}

/** A connection that has agreed to the settings. */
async function callOf(subject: ProviderSubject, { provider }: ProviderBench): Promise<ProviderCall> {
  const call = new ProviderCall(
    provider,
    subject.toolQuestion === undefined ? [] : [subject.toolQuestion.tool],
  );
  await call.agree(sessionOf(subject));
  return call;
}

function agrees(subject: ProviderSubject) {
  return async (bench: ProviderBench): Promise<void> => {
    const call = await callOf(subject, bench);
    expectThat(call.isOpened, 'onOpen did not come');
    await call.close();
    assertNoSecrets(subject, call);
  };
}

function answersTyped(subject: ProviderSubject) {
  return async (bench: ProviderBench): Promise<void> => {
    const call = await callOf(subject, bench);
    await ask(subject, call);
    await ask(subject, call);
    await call.close();
  };
}

function answersSpoken(subject: ProviderSubject, { samples, answer }: Speech) {
  return async (bench: ProviderBench): Promise<void> => {
    const call = await callOf(subject, bench);
    const from = call.messages.length;
    call.speak(samples);
    const heard = await call.response(from);
    expectAnswer(heard.text, answer);
    expectThat(heard.audioBytes > 0, 'the answer to a spoken question has no sound');
    await call.close();
  };
}

function callsTool(subject: ProviderSubject, { text, tool, output, answer }: ToolQuestion) {
  return async (bench: ProviderBench): Promise<void> => {
    const call = await callOf(subject, bench);
    const from = call.messages.length;
    call.type(text);
    const { calls } = await call.response(from);
    const [made] = calls;
    expectThat(
      calls.length === 1 && made?.name === tool.name && made.callId !== '',
      `expected one call of ${tool.name}, got ${JSON.stringify(calls)}`,
    );
    JSON.parse(made?.argumentsJson ?? '');
    const after = call.messages.length;
    call.send({
      type: 'conversation.item.create',
      item: {
        type: 'function_call_output',
        call_id: made?.callId ?? '',
        output: typeof output === 'string' ? output : JSON.stringify(output),
      },
    });
    call.send({ type: 'response.create' });
    expectAnswer((await call.response(after)).text, answer);
    await call.close();
  };
}

function takesHistory(subject: ProviderSubject) {
  return async (bench: ProviderBench): Promise<void> => {
    const call = await callOf(subject, bench);
    const said = ['My name is Ada.', 'Hello, Ada.'] as const;
    call.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: said[0] }] },
    });
    call.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: said[1] }] },
    });
    for (const item of pastCall) call.send({ type: 'conversation.item.create', item });
    await ask(subject, call);
    const remembered = bench.remembered?.();
    if (remembered !== undefined) {
      const kept = remembered.filter((text) => text === said[0] || text === said[1]);
      expectThat(
        kept.join() === said.join(),
        `of the history the far end holds ${JSON.stringify(remembered)}`,
      );
    }
    await call.close();
  };
}

const pastCall = [
  { type: 'function_call', call_id: 'call_past', name: 'look_up', arguments: '{"name":"Ada"}' },
  { type: 'function_call_output', call_id: 'call_past', output: '{"found":true}' },
] as const;

function cancels(subject: ProviderSubject) {
  return async (bench: ProviderBench): Promise<void> => {
    const call = await callOf(subject, bench);
    const from = call.messages.length;
    call.type(subject.question.text);
    await call.until('response.created', () =>
      call.messages
        .slice(from)
        .some((message) => message.kind === 'event' && message.event.type === 'response.created'),
    );
    call.send({ type: 'response.cancel' });
    const { status } = await call.response(from);
    expectThat(
      status === 'cancelled' || status === 'completed',
      `a response that was told to stop ended with status "${status}"`,
    );
    await ask(subject, call);
    await call.close();
  };
}

function keepsApart(subject: ProviderSubject) {
  return async (bench: ProviderBench): Promise<void> => {
    const [one, other] = await Promise.all([callOf(subject, bench), callOf(subject, bench)]);
    await one.close();
    await ask(subject, other);
    await other.close();
  };
}

async function keepsTransport({ provider, endFromAfar }: ProviderBench): Promise<void> {
  const request = { sessionId: 'sess_contract', agentName: 'contract', tools: [] };
  await checkTransport({
    connect: (handlers) => provider.connect(request, handlers),
    ...(endFromAfar && { endFromAfar }),
    settle: () => new Promise((resolve) => setTimeout(resolve, 150)),
  });
}

function leavesNothing(subject: ProviderSubject) {
  return async (bench: ProviderBench): Promise<void> => {
    const warm = await callOf(subject, bench);
    await warm.close();
    const before = leftResources();
    const call = await callOf(subject, bench);
    const from = call.messages.length;
    call.type(subject.question.text);
    await call.until('response.created', () => call.messages.length > from);
    await call.close();
    const told = call.messages.length;
    await before.settled();
    expectThat(call.messages.length === told, `${call.messages.length - told} messages came after the close`);
    expectThat(call.closes.length === 1, `onClose came ${call.closes.length} times`);
    await bench.provider.close();
    await bench.provider.close();
    await before.settled();
  };
}

function tellsFailure(subject: ProviderSubject) {
  return async ({ broken = [] }: ProviderBench): Promise<void> => {
    for (const provider of broken) {
      const call = new ProviderCall(provider);
      await call.ended();
      expectThat(call.closes.length === 1, `a connection that fails was ended ${call.closes.length} times`);
      assertNoSecrets(subject, call);
      await provider.close();
    }
  };
}

type Speech = NonNullable<ProviderSubject['speech']>;
type ToolQuestion = NonNullable<ProviderSubject['toolQuestion']>;

async function ask({ question }: ProviderSubject, call: ProviderCall): Promise<void> {
  const from = call.messages.length;
  call.type(question.text);
  const { status, text } = await call.response(from);
  expectThat(status === 'completed', `the answer ended with status "${status}"`);
  expectAnswer(text, question.answer);
}

function expectAnswer(text: string, answer: RegExp): void {
  expectThat(
    new RegExp(answer.source, answer.flags.replace('g', '')).test(text),
    `"${text}" is no answer: expected ${answer}`,
  );
}

function assertNoSecrets({ secrets = [] }: ProviderSubject, { messages, closes }: ProviderCall): void {
  const said = [
    ...messages.flatMap((message) =>
      message.kind === 'event'
        ? [JSON.stringify(asJson(message.event))]
        : message.kind === 'invalid'
          ? [message.reason]
          : [],
    ),
    ...closes.map(({ reason, error }) => `${reason} ${error?.message ?? ''}`),
  ].join(' ');
  const shown = secrets.filter((secret) => said.includes(secret));
  expectThat(shown.length === 0, `${shown.length} of the secrets stand in what the provider tells`);
}

function expectThat(condition: boolean, fault: string): void {
  if (!condition) throw new Error(fault);
}

function sessionOf({ session, toolQuestion }: ProviderSubject): SessionUpdate {
  const tools = toolQuestion === undefined ? [] : [toolQuestion.tool];
  return {
    type: 'realtime',
    output_modalities: ['audio'],
    instructions: 'Answer in a few words.',
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function',
      name,
      description,
      parameters,
    })),
    tool_choice: 'auto',
    audio: {
      input: { format: { type: 'audio/pcm', rate: 24_000 }, turn_detection: null },
      output: { format: { type: 'audio/pcm', rate: 24_000 } },
    },
    ...session,
  };
}
