import type { CountryCode } from 'libphonenumber-js';
import type { Recognizer } from '../recognizer.ts';
import { account } from './account.ts';
import { assignedSecret } from './assigned-secret.ts';
import { bic } from './bic.ts';
import { bitcoin } from './bitcoin.ts';
import { card } from './card.ts';
import { connectionString } from './connection-string.ts';
import { email } from './email.ts';
import { ethereum } from './ethereum.ts';
import { iban } from './iban.ts';
import { imei } from './imei.ts';
import { ip } from './ip.ts';
import { jwt } from './jwt.ts';
import { mac } from './mac.ts';
import { nationalIds } from './national-id/index.ts';
import { passport } from './passport.ts';
import { password } from './password.ts';
import { createPhone } from './phone.ts';
import { privateKey } from './private-key.ts';
import { url } from './url.ts';
import { vendorToken } from './vendor-token.ts';

/** Where a number without a country code is looked for, if the user names no countries. */
export const defaultRegions: readonly CountryCode[] = [
  'US',
  'GB',
  'DE',
  'FR',
  'ES',
  'IT',
  'NL',
  'CH',
  'AU',
  'IN',
];

/** Every recognizer, for people whose phone numbers are of these regions. */
export function createRecognizers(regions: readonly CountryCode[]): readonly Recognizer[] {
  return [
    email,
    createPhone(regions),
    card,
    iban,
    bic,
    account,
    ...nationalIds,
    passport,
    ip,
    mac,
    imei,
    url,
    connectionString,
    password,
    assignedSecret,
    privateKey,
    jwt,
    vendorToken,
    bitcoin,
    ethereum,
  ];
}
