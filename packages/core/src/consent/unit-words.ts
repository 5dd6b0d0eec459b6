/** Units with the words that they are read as, in English and German; short forms are units behind a number alone. */
const units = [
  'kg kilogram kilograms kilogramme kilogrammes kilo kilos kilogramm',
  'g gram grams gramme grammes gramm',
  'mg milligram milligrams milligramm',
  'lb lbs pound pounds pfund',
  'oz ounce ounces unze unzen',
  't ton tons tonne tonnes tonnen',
  'km kilometre kilometres kilometer kilometers',
  'm metre metres meter meters',
  'cm centimetre centimetres centimeter centimeters zentimeter',
  'mm millimetre millimetres millimeter millimeters',
  'mi mile miles meile meilen',
  'ft foot feet',
  'in inch inches zoll',
  'l litre litres liter liters',
  'ml millilitre millilitres milliliter milliliters',
  'h hr hrs hour hours stunde stunden uhr',
  'min mins minute minutes minuten',
  's sec secs second seconds sekunde sekunden',
  'c celsius centigrade',
  'f fahrenheit',
];

/** Currencies, which stand on either side of a number. */
const currencies = [
  '$ usd dollar dollars',
  '€ eur euro euros',
  '£ gbp pound pounds pfund',
  '¥ jpy yen',
  'chf franc francs franken',
];

/** What a truth value is said as. */
const truths = ['yes true', 'no false', 'ja wahr', 'nein falsch'];

const unitNames = namesOf(units);
const otherNames = namesOf([...currencies, ...truths]);

function namesOf(kinds: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    kinds.flatMap((kind) => {
      const names = new Set(kind.split(' '));
      return [...names].map((name) => [name, names] as const);
    }),
  );
}

/** All that a word of a value may be read as, where it is a unit, a currency or a truth value; the word is in small letters. */
export function readingsOf(word: string, isBehindNumber: boolean): ReadonlySet<string> | undefined {
  return otherNames.get(word) ?? (isBehindNumber ? unitNames.get(word) : undefined);
}
