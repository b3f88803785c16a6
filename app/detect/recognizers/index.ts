import type { CountryCode } from 'libphonenumber-js';
import type { Recognizer } from '../recognizer.ts';
import { account } from './account.ts';
import { continentalStreet } from './address/continental-street.ts';
import { englishStreet } from './address/english-street.ts';
import { poBox } from './address/po-box.ts';
import { postcode } from './address/postcode.ts';
import { age } from './age.ts';
import { assignedSecret } from './assigned-secret.ts';
import { bic } from './bic.ts';
import { bitcoin } from './bitcoin.ts';
import { card } from './card.ts';
import { connectionString } from './connection-string.ts';
import { coordinates } from './coordinates.ts';
import { email } from './email.ts';
import { createEncodedSecret } from './encoded-secret.ts';
import { ethereum } from './ethereum.ts';
import { group } from './group.ts';
import { handle } from './handle.ts';
import { iban } from './iban.ts';
import { imei } from './imei.ts';
import { ip } from './ip.ts';
import { jwt } from './jwt.ts';
import { licence } from './licence.ts';
import { mac } from './mac.ts';
import { condition } from './medical/condition.ts';
import { dea } from './medical/dea.ts';
import { icd } from './medical/icd.ts';
import { mbi } from './medical/mbi.ts';
import { medicine } from './medical/medicine.ts';
import { npi } from './medical/npi.ts';
import { medicalRecord } from './medical/record.ts';
import { nationalIds } from './national-id/index.ts';
import { numericDate } from './numeric-date.ts';
import { passportZone } from './passport-zone.ts';
import { passport } from './passport.ts';
import { password } from './password.ts';
import { createPhone } from './phone.ts';
import { plate } from './plate.ts';
import { privateKey } from './private-key.ts';
import { recordNumber } from './record-number.ts';
import { routing } from './routing.ts';
import { titledPerson } from './titled-person.ts';
import { url } from './url.ts';
import { vendorToken } from './vendor-token.ts';
import { vin } from './vin.ts';
import { writtenDate } from './written-date.ts';

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
    handle,
    group,
    url,
    englishStreet,
    continentalStreet,
    poBox,
    postcode,
    titledPerson,
    numericDate,
    writtenDate,
    age,
    ...nationalIds,
    passport,
    passportZone,
    licence,
    card,
    iban,
    bic,
    routing,
    account,
    recordNumber,
    bitcoin,
    ethereum,
    ip,
    mac,
    imei,
    coordinates,
    vin,
    plate,
    connectionString,
    password,
    assignedSecret,
    privateKey,
    jwt,
    vendorToken,
    createEncodedSecret([vendorToken, privateKey, jwt, connectionString, card, iban]),
    medicalRecord,
    npi,
    mbi,
    dea,
    icd,
    medicine,
    condition,
  ];
}
