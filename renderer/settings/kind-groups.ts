/** Kinds of sensitive words as the settings show them: in groups, each with an example of what is marked. */
import type { Kind } from '../../app/detect/kinds.ts';

export const kindGroups = [
  { group: 'contact', kinds: ['email', 'phone', 'url', 'address', 'handle'] },
  {
    group: 'identity',
    kinds: ['person', 'organisation', 'place', 'date', 'age', 'group', 'passport', 'licence'],
  },
  { group: 'national', kinds: ['national-id'] },
  { group: 'money', kinds: ['card', 'iban', 'bic', 'account', 'crypto-address'] },
  { group: 'device', kinds: ['ip', 'mac', 'imei', 'vin', 'plate', 'coordinates'] },
  { group: 'secrets', kinds: ['password', 'token', 'key', 'secret'] },
  { group: 'health', kinds: ['medical'] },
] as const satisfies readonly { readonly group: string; readonly kinds: readonly Kind[] }[];

export type KindGroup = (typeof kindGroups)[number]['group'];

/** Made-up values; a long one is cut short with an ellipsis. */
export const kindExamples: Readonly<Record<Exclude<Kind, 'custom'>, string>> = {
  email: 'jane.roe@clinic.example',
  phone: '+44 20 7946 0958',
  url: 'https://anna:s3cret@intranet.example/report',
  address: '12 Harbour Lane, Whitby',
  handle: '@jane_roe',
  person: 'Jane Roe',
  organisation: 'Northwind Dental',
  place: 'Whitby',
  date: '14 March 1986',
  age: '39 years old',
  group: 'Quaker',
  passport: 'C67470935',
  licence: 'MORGA753116SM9IJ',
  'national-id': '536-22-8726',
  card: '4111 1111 1111 1111',
  iban: 'GB82 WEST 1234 5698 7654 32',
  bic: 'DEUTDEFF500',
  account: '12345678',
  'crypto-address': 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
  ip: '203.0.113.7',
  mac: '00:1B:44:11:3A:B7',
  imei: '490154203237518',
  vin: '1M8GDM9AXKP042788',
  plate: 'AB12 CDE',
  coordinates: '54.4858, -0.6206',
  password: 'blue-Kettle-42',
  token: 'ghp_…',
  key: '-----BEGIN PRIVATE KEY-----',
  secret: 'postgres://app:…@db.example/main',
  medical: 'MRN 00482913',
};
