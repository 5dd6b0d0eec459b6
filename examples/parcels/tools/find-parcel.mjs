// Reads the arguments of a call as JSON and writes what is known of the parcel. Code 3: there is no such parcel.
import { text } from 'node:stream/consumers';

const parcels = new Map([
  [12, { place: 'Leeds', day: 'Friday', weight_kg: 1.2, customer: 'Ada' }],
  [13, { place: 'York', day: 'Monday', weight_kg: 0.4, customer: 'Ben' }],
]);

const { number } = JSON.parse(await text(process.stdin));
const parcel = parcels.get(number);
if (parcel === undefined) process.exit(3);
console.log(JSON.stringify(parcel));
