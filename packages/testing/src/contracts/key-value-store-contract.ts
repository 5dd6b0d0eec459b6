import type { JsonValue, KeyValueStore } from '@antiphon/core';

/**
 * Holds a store against the contract of its port. Rejects with what is wrong.
 *
 * @param open opens the same store once more, as another process would; for a store in memory, itself
 */
export async function checkKeyValueStore(open: () => KeyValueStore): Promise<void> {
  const store = open();
  const value = { list: [1, 'two', null, { deep: true }], text: 'ä \u0000 "quoted" ' };
  await expectValue(store, 'a', undefined, 'a key that was never set');
  await store.delete('a');
  await store.set('a', value);
  await expectValue(store, 'a', value, 'a value that was set');
  await expectValue(open(), 'a', value, 'the same from a store that was opened again');
  await store.set('a', [2]);
  await expectValue(store, 'a', [2], 'a value that was replaced');
  const strange = ['', '../a', 'A', 'a/b', '__proto__', 'x'.repeat(5_000), 'ключ'];
  for (const [index, key] of strange.entries()) await store.set(key, index);
  for (const [index, key] of strange.entries())
    await expectValue(store, key, index, `the key ${key.slice(0, 20)}`);
  await expectValue(store, 'a', [2], 'a value after others were set');
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => store.set('busy', { index, pad: 'x'.repeat(10_000) })),
  );
  const last = await store.get('busy');
  if (typeof last !== 'object' || last === null)
    throw new Error('a value that was set at once by many is lost');
  await store.delete('a');
  await expectValue(open(), 'a', undefined, 'a key that was deleted');
}

async function expectValue(
  store: KeyValueStore,
  key: string,
  expected: JsonValue | undefined,
  what: string,
): Promise<void> {
  const found = JSON.stringify(await store.get(key));
  if (found !== JSON.stringify(expected)) {
    throw new Error(
      `the store gives ${found ?? 'nothing'} for ${what}, not ${JSON.stringify(expected) ?? 'nothing'}`,
    );
  }
}
