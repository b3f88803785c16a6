import type { Recognizer } from '../../recognizer.ts';
import { auMedicare } from './au-medicare.ts';
import { auTfn } from './au-tfn.ts';
import { brCpf } from './br-cpf.ts';
import { caSin } from './ca-sin.ts';
import { chAhv } from './ch-ahv.ts';
import { deSteuerId } from './de-steuer-id.ts';
import { esNif } from './es-nif.ts';
import { frNir } from './fr-nir.ts';
import { inAadhaar } from './in-aadhaar.ts';
import { inPan } from './in-pan.ts';
import { itCodiceFiscale } from './it-codice-fiscale.ts';
import { nlBsn } from './nl-bsn.ts';
import { plPesel } from './pl-pesel.ts';
import { sePersonnummer } from './se-personnummer.ts';
import { ukNhs } from './uk-nhs.ts';
import { ukNino } from './uk-nino.ts';
import { usEin } from './us-ein.ts';
import { usItin } from './us-itin.ts';
import { usSsn } from './us-ssn.ts';
import { zaId } from './za-id.ts';

/** Numbers that a state gives to a person, one file per country and number. */
export const nationalIds: readonly Recognizer[] = [
  usSsn,
  usItin,
  usEin,
  ukNhs,
  ukNino,
  caSin,
  esNif,
  itCodiceFiscale,
  deSteuerId,
  frNir,
  nlBsn,
  plPesel,
  inAadhaar,
  inPan,
  auTfn,
  auMedicare,
  brCpf,
  zaId,
  sePersonnummer,
  chAhv,
];
