const words: Readonly<Record<string, string>> = {
  ...{ zero: '0', oh: '0', o: '0', one: '1', two: '2', three: '3', four: '4', five: '5', six: '6' },
  ...{ seven: '7', eight: '8', nine: '9', star: '*', asterisk: '*', hash: '#', pound: '#' },
};

/** The keys that a text names, in digits, signs or words; undefined when it names anything else. */
export function keysOf(text: string): string | undefined {
  const parts = text
    .toLowerCase()
    .split(/[\s,.;-]+|\band\b|\bthen\b/)
    .filter((part) => part !== '');
  const keys = parts.map(
    (part) => words[part] ?? (/^[0-9*#a-d]+$/.test(part) ? part.toUpperCase() : undefined),
  );
  return keys.length === 0 || keys.includes(undefined) ? undefined : keys.join('');
}
