import { numberToWords } from './number-words.ts';
import type { TextRule } from './text-rule.ts';

interface Unit {
  readonly singular: string;
  readonly plural: string;
}

const unit = (singular: string, plural = `${singular}s`): Unit => ({ singular, plural });

const units: Readonly<Record<string, Unit>> = {
  '°C': unit('degree Celsius', 'degrees Celsius'),
  '°F': unit('degree Fahrenheit', 'degrees Fahrenheit'),
  '°': unit('degree'),
  '%': unit('percent', 'percent'),
  'km/h': unit('kilometer per hour', 'kilometers per hour'),
  kph: unit('kilometer per hour', 'kilometers per hour'),
  'm/s': unit('meter per second', 'meters per second'),
  mph: unit('mile per hour', 'miles per hour'),
  'km²': unit('square kilometer'),
  'm²': unit('square meter'),
  'm³': unit('cubic meter'),
  km: unit('kilometer'),
  cm: unit('centimeter'),
  mm: unit('millimeter'),
  m: unit('meter'),
  mi: unit('mile'),
  ft: unit('foot', 'feet'),
  yd: unit('yard'),
  kg: unit('kilogram'),
  mg: unit('milligram'),
  g: unit('gram'),
  lb: unit('pound'),
  lbs: unit('pound'),
  oz: unit('ounce'),
  ml: unit('milliliter'),
  mL: unit('milliliter'),
  l: unit('liter'),
  L: unit('liter'),
  kWh: unit('kilowatt hour'),
  kW: unit('kilowatt'),
  W: unit('watt'),
  V: unit('volt'),
  hPa: unit('hectopascal'),
  GHz: unit('gigahertz', 'gigahertz'),
  MHz: unit('megahertz', 'megahertz'),
  kHz: unit('kilohertz', 'kilohertz'),
  Hz: unit('hertz', 'hertz'),
  TB: unit('terabyte'),
  GB: unit('gigabyte'),
  MB: unit('megabyte'),
  kB: unit('kilobyte'),
  KB: unit('kilobyte'),
  ms: unit('millisecond'),
  sec: unit('second'),
  s: unit('second'),
  min: unit('minute'),
  mins: unit('minute'),
  hrs: unit('hour'),
  hr: unit('hour'),
  h: unit('hour'),
};

interface Currency extends Unit {
  readonly cents: Unit | undefined;
}

const cent = unit('cent');
const dollar: Currency = { ...unit('dollar'), cents: cent };
const euro: Currency = { ...unit('euro'), cents: cent };
const pound: Currency = { ...unit('pound'), cents: unit('penny', 'pence') };
const yen: Currency = { ...unit('yen', 'yen'), cents: undefined };
const rupee: Currency = { ...unit('rupee'), cents: unit('paisa', 'paise') };
const franc: Currency = { ...unit('franc'), cents: unit('rappen', 'rappen') };

const currencies: Readonly<Record<string, Currency>> = {
  $: dollar,
  US$: dollar,
  USD: dollar,
  '€': euro,
  EUR: euro,
  '£': pound,
  GBP: pound,
  '¥': yen,
  JPY: yen,
  '₹': rupee,
  INR: rupee,
  CHF: franc,
};

const number = '(\\d+(?:,\\d{3})*(?:\\.\\d+)?)';
const magnitude = '(?: ?(thousand|million|billion|trillion|[kKMB])\\b)?';
const currencyNames = Object.keys(currencies).map(escape).join('|');
const unitNames = Object.keys(units)
  .toSorted((a, b) => b.length - a.length)
  .map(escape)
  .join('|');

const magnitudeNames: Readonly<Record<string, string>> = {
  k: 'thousand',
  K: 'thousand',
  M: 'million',
  B: 'billion',
};

/** Amounts of money and measured values become words. */
export const quantityRules: readonly TextRule[] = [
  {
    pattern: new RegExp(`(?<![\\w$])(${currencyNames})\\s?${number}${magnitude}`, 'g'),
    speak: ([symbol = '', amount = '', scale = '']) => speakMoney(symbol, amount, scale),
  },
  {
    pattern: new RegExp(`(?<![\\w.,])${number}${magnitude}\\s?(${currencyNames})(?!\\w)`, 'g'),
    speak: ([amount = '', scale = '', symbol = '']) => speakMoney(symbol, amount, scale),
  },
  {
    pattern: new RegExp(`(?<![\\w.,])${number}\\s?(${unitNames})(?![\\w/²³])`, 'g'),
    speak: ([amount = '', symbol = '']) => `${numberToWords(amount)} ${nameFor(units[symbol], amount)}`,
  },
];

function speakMoney(symbol: string, amount: string, scale: string): string {
  const currency = currencies[symbol];
  if (scale !== '') return `${numberToWords(amount)} ${magnitudeNames[scale] ?? scale} ${currency?.plural}`;
  const [whole = '0', fraction = ''] = amount.split('.');
  const cents = fraction.padEnd(2, '0');
  if (fraction === '' || currency?.cents === undefined || cents.length > 2) {
    return `${numberToWords(amount)} ${nameFor(currency, amount)}`;
  }
  const major = `${numberToWords(whole)} ${nameFor(currency, whole)}`;
  if (Number(cents) === 0) return major;
  const minor = `${numberToWords(cents)} ${nameFor(currency.cents, cents)}`;
  return Number(whole) === 0 ? minor : `${major} and ${minor}`;
}

function nameFor(name: Unit | undefined, amount: string): string {
  return (Number(amount) === 1 ? name?.singular : name?.plural) ?? '';
}

function escape(text: string): string {
  return text.replace(/[$/.]/g, '\\$&');
}
