/**
 * Words that stand where names stand and are none: what forms, letters and programs call things. A span that has
 * nothing else is not marked. Lower case, without accents.
 */
const lists = [
  // Fields of forms, in English, German, French, Spanish and Italian.
  'name first last middle full surname forename nickname alias title gender sex date birth dob born age address street',
  'city town province country zip postal postcode code phone telephone mobile cell fax email mail website url web',
  'employer company organisation organization division team position role occupation job status id number no',
  'nr ref reference account customer client patient member policy claim order invoice ticket case file record contact',
  'emergency next of kin signature signed initials notes note comment comments subject to from cc bcc re fwd attn',
  'vorname nachname familienname anrede geburtsdatum geburtsort geboren anschrift adresse strasse ort plz postleitzahl',
  'telefon handy kundennummer rechnungsnummer aktenzeichen betreff datum unterschrift',
  'nom prenom naissance rue ville telephone courriel objet numero signature lieu',
  'nombre apellido apellidos fecha nacimiento de del direccion correo electronico telefono ciudad pais asunto firma',
  'cognome nome data di nascita indirizzo luogo citta oggetto firma',
  // Roles.
  'plaintiff defendant petitioner respondent appellant appellee claimant counsel attorney lawyer judge court clerk juror',
  'witness agent manager director supervisor employee applicant candidate tenant landlord buyer seller borrower',
  'lender guarantor insured beneficiary payee payer sender recipient user admin administrator guest host owner author',
  'reviewer editor student teacher professor doctor physician nurse provider guardian parent mother father son daughter',
  'brother sister wife husband spouse child children resident driver passenger caller dispatcher technician engineer',
  'patientin klager beklagte zeuge mieter vermieter kunde kundin arzt arztin demandeur defendeur',
  // Greetings and thanks.
  'dear hi hello hey sir madam maam thanks thank you regards best kind sincerely yours cheers welcome congratulations',
  'please sorry yes no ok okay bye goodbye morning afternoon evening',
  'hallo liebe lieber danke bitte grusse gruss freundliche freundlichen mit merci bonjour salut cordialement madame',
  'monsieur gracias hola estimado estimada saludos senor senora grazie ciao gentile cordiali saluti signor signora',
  // Programs.
  'func function def class return import export const let var public private static void string int float bool true false',
  'null none undefined self this new async await select insert update delete where join table server client host port',
  'localhost error warning info debug trace fatal log token key secret password username login session cookie header',
  'body request response get post put patch status ok',
];
const ordinary = new Set(lists.flatMap((list) => list.split(' ')));

/** Whether a span has no word but those. */
export function isOrdinary(value: string): boolean {
  const words = value
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  return words.every((word) => ordinary.has(word));
}
