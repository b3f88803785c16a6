/** Every kind of sensitive span, by its stable name: settings, receipts and `sotto detect` use these words. */
export const kinds = [
  'person',
  'place',
  'organisation',
  'address',
  'date',
  'age',
  'group',
  'email',
  'phone',
  'url',
  'handle',
  'card',
  'iban',
  'bic',
  'account',
  'national-id',
  'passport',
  'licence',
  'ip',
  'mac',
  'imei',
  'vin',
  'plate',
  'coordinates',
  'secret',
  'key',
  'token',
  'password',
  'crypto-address',
  'medical',
  'custom',
] as const;

export type Kind = (typeof kinds)[number];

/** Kinds that open something. A proven span of one of them leaves the marks only by a confirmed allow-list entry. */
export const openers: ReadonlySet<Kind> = new Set<Kind>(['secret', 'key', 'token']);
