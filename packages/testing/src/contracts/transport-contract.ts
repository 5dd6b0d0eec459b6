import type { Transport, TransportClose, TransportHandlers } from '@antiphon/core';

/** A far end for {@link checkTransport}: how to connect to it, and how to make it end the connection. */
export interface TransportUnderTest {
  connect(handlers: TransportHandlers): Transport;
  /** Ends the newest connection from the far side; absent for what never ends by itself. */
  endFromAfar?(): void;
  /** Waits a while for what is on its way. Called again until a connection has opened or ended, 100 times at the most. */
  settle(): Promise<void>;
}

/** What a connection told, and what it should not have. */
interface Telling {
  readonly transport: Transport;
  readonly closes: readonly TransportClose[];
  readonly faults: readonly string[];
  readonly opened: () => boolean;
  readonly hasEnded: () => boolean;
  /** Whether it has opened, or never will. */
  readonly isDecided: () => boolean;
}

const settleLimit = 100;

/**
 * Holds a transport against the contract of its port. Rejects with everything that is wrong.
 *
 * @example
 * it('keeps the contract', () => checkTransport(myTransportUnderTest));
 */
export async function checkTransport(subject: TransportUnderTest): Promise<void> {
  const faults = [
    ...(await closedByUs(subject)),
    ...(await closedFromAfar(subject)),
    ...(await givenUp(subject)),
  ];
  if (faults.length > 0) throw new Error(`the transport breaks its contract:\n- ${faults.join('\n- ')}`);
}

async function closedByUs(subject: TransportUnderTest): Promise<readonly string[]> {
  const told = listen(subject);
  await settleUntil(subject, told.isDecided);
  const silent = during(told, 'send, sendAudio or close', () => {
    told.transport.send({ type: 'response.create' });
    told.transport.sendAudio(new Uint8Array(960));
    told.transport.close(1000, 'done');
    told.transport.close(1000, 'done');
  });
  await settleUntil(subject, told.hasEnded);
  const late = during(told, 'a call after the close', () => {
    told.transport.send({ type: 'response.create' });
    told.transport.sendAudio(new Uint8Array(960));
    told.transport.close(1000, 'again');
  });
  await subject.settle();
  return [
    ...told.faults,
    ...silent,
    ...late,
    ...expectThat(told.opened(), 'onOpen did not come'),
    ...expectThat(told.closes.length === 1, `after close, onClose came ${told.closes.length} times`),
    ...expectThat(told.transport.bufferedBytes >= 0, 'bufferedBytes is not a number of bytes'),
  ];
}

async function closedFromAfar(subject: TransportUnderTest): Promise<readonly string[]> {
  if (subject.endFromAfar === undefined) return [];
  const told = listen(subject);
  await settleUntil(subject, told.isDecided);
  subject.endFromAfar();
  await settleUntil(subject, told.hasEnded);
  told.transport.close(1000, 'late');
  await subject.settle();
  const { length } = told.closes;
  return [...told.faults, ...expectThat(length === 1, `ended from afar, onClose came ${length} times`)];
}

async function givenUp(subject: TransportUnderTest): Promise<readonly string[]> {
  const told = listen(subject);
  const silent = during(told, 'close while connecting', () => told.transport.close(1000, 'given up'));
  await settleUntil(subject, told.hasEnded);
  await subject.settle();
  const { length } = told.closes;
  return [
    ...told.faults,
    ...silent,
    ...expectThat(length === 1, `given up while connecting, onClose came ${length} times`),
  ];
}

function listen(subject: TransportUnderTest): Telling {
  const closes: TransportClose[] = [];
  const faults: string[] = [];
  let phase: 'connecting' | 'connected' = 'connecting';
  let opens = 0;
  const note = (what: string): void => {
    if (phase === 'connecting') faults.push(`${what} came from within connect`);
    if (closes.length > 0) faults.push(`${what} came after onClose`);
  };
  const transport = subject.connect({
    onOpen: () => {
      note('onOpen');
      opens += 1;
      if (opens > 1) faults.push('onOpen came twice');
    },
    onMessage: () => {
      note('onMessage');
      if (opens === 0) faults.push('onMessage came before onOpen');
    },
    onClose: (close) => {
      note('onClose');
      closes.push(close);
    },
  });
  phase = 'connected';
  const opened = () => opens > 0;
  const hasEnded = () => closes.length > 0;
  return { transport, closes, faults, opened, hasEnded, isDecided: () => opened() || hasEnded() };
}

async function settleUntil(subject: TransportUnderTest, isReached: () => boolean): Promise<void> {
  for (let count = 0; count < settleLimit && !isReached(); count += 1) await subject.settle();
}

/** Does something during which nothing may be told or thrown. */
function during({ closes }: Telling, what: string, action: () => void): readonly string[] {
  const before = closes.length;
  try {
    action();
  } catch (error) {
    return [`${what} threw: ${String(error)}`];
  }
  return expectThat(closes.length === before, `onClose came from within ${what}`);
}

function expectThat(condition: boolean, fault: string): readonly string[] {
  return condition ? [] : [fault];
}
