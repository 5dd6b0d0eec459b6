import { expect, it } from 'vitest';
import { NativeGate } from '../../src/workers/native-gate.ts';

it('lets calls through, and their results and errors back', async () => {
  const gate = new NativeGate();
  await expect(gate.during(async () => 'result')).resolves.toBe('result');
  await expect(gate.during(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  await gate.close();
});

it('closes after the calls under way, and then lets none begin', async () => {
  const mainSide = new NativeGate();
  const workerSide = new NativeGate(mainSide.shared);
  const calls: string[] = [];
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  const underWay = workerSide.during(() => promise).then(() => calls.push('first ended'));
  const closing = mainSide.close().then(() => calls.push('closed'));
  resolve();
  await Promise.all([underWay, closing]);
  void workerSide.during(async () => calls.push('second began'));
  mainSide.closeBlocking();
  await Promise.resolve();
  expect(calls).toEqual(['first ended', 'closed']);
});

it('opens again for the worker that follows one that ended inside a call', async () => {
  const gate = new NativeGate();
  void gate.during(() => new Promise(() => {}));
  gate.reset();
  await expect(gate.during(async () => 'result')).resolves.toBe('result');
});
