/**
 * Everyday words by what they are about. Used only where no sentence embeddings are: a request and an example that
 * share no word may still share a subject.
 */
const subjects: Readonly<Record<string, string>> = {
  weather:
    'weather forecast rain rainy raining sun sunny snow snowing snowy cloud cloudy wind windy storm fog foggy umbrella raincoat jacket coat temperature degrees cold hot warm chilly freezing humid humidity outside',
  music:
    'music song songs track tracks tune tunes playlist album artist band jazz rock pop classical listen play radio singer',
  message: 'message messages text sms email mail send write notify tell',
  person:
    'human person people agent representative operator staff somebody someone anyone anybody advisor employee colleague',
  conversation: 'talk speak connect transfer call phone contact',
  light: 'light lights lamp lamps bulb dark bright brightness dim lighting',
  timer: 'timer countdown alarm remind reminder wake minutes minute seconds hour hours',
  order:
    'order orders package packages parcel delivery delivered deliver shipped shipping shipment tracking purchase bought arrive',
  clock: 'time clock oclock hour timezone',
  calendar: 'date day today calendar month year weekday',
  arithmetic:
    'plus minus times divided multiply multiplied subtract sum percent squared calculate calculation calculator arithmetic math root',
  heating: 'heating heat thermostat temperature heater warmer colder radiator',
  booking: 'book booking reserve reservation appointment schedule table meeting',
  search: 'search find look lookup information article documentation docs',
  money: 'money balance account pay payment transfer bank price cost invoice bill',
  shopping: 'shopping cart basket list buy groceries grocery',
  volume: 'volume louder quieter loud mute',
  list: 'list lists todo task tasks note notes',
};

const bySubject = new Map<string, string[]>();
for (const [subject, words] of Object.entries(subjects)) {
  for (const word of words.split(' ')) bySubject.set(word, [...(bySubject.get(word) ?? []), subject]);
}

/** What a word is about, if it is one of the usual ones. */
export function subjectsOf(word: string): readonly string[] {
  return bySubject.get(word) ?? [];
}
