/** Spoken arithmetic and the symbols that stand for it; longer phrases first. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/\bthe\b/g, ' '],
  [/\b(multiplied by|times)\b|[×x](?=\s*[\d(])/g, '*'],
  [/\b(divided by|over)\b|÷/g, '/'],
  [/\bto (the )?power (of )?|\braised to /g, '^'],
  [/\bplus\b|\band\b/g, '+'],
  [/\bminus\b|−/g, '-'],
  [/\bsquared\b/g, '^2'],
  [/\bcubed\b/g, '^3'],
  [/\bsquare root of ([\d.]+|\()/g, ' sqrt $1'],
  [/\b(percent|per cent|%) of\b/g, '/100*'],
  [/\b(percent|per cent)\b|%(?!\s*[\d(])/g, '/100'],
  [/\bhalf of\b/g, '0.5*'],
  [/(\d),(?=\d{3}\b)/g, '$1'],
  [/[=?]/g, ' '],
];

/** An expression in symbols, from one in symbols or simple words: `205 times 7` becomes `205 * 7`. */
export function expressionOf(text: string): string {
  let expression = text.toLowerCase();
  for (const [phrase, symbol] of phrases) expression = expression.replaceAll(phrase, symbol);
  return expression
    .replaceAll(/sqrt\s+([\d.]+)/g, 'sqrt($1)')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
