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
  // Titles.
  'mr mrs ms miss mx dr prof sr jr herr frau mme mlle signore signorina rev',
  // Greetings and thanks.
  'dear hi hello hey sir madam maam thanks thank you regards best kind sincerely yours cheers welcome congratulations',
  'please sorry yes no ok okay bye goodbye morning afternoon evening',
  'hallo liebe lieber danke bitte grusse gruss freundliche freundlichen mit merci bonjour salut cordialement madame',
  'monsieur gracias hola estimado estimada saludos senor senora grazie ciao gentile cordiali saluti signor signora',
  // What people call out and write for short.
  'lol lmao lmfao rofl omg wtf wth wow yay yikes bravo hooray bruh bro sis dude rip ftw af tbh imo imho idk irl brb afaik',
  'smh ngl fr ikr btw pls plz thx np hmm ugh oops nah nope yeah yep yup yo wanna gonna gotta god gods goddess',
  // Times that say nothing without a day.
  'this these next last past coming following the of in week weeks weekend month months year years night day days',
  'nachste nachsten letzte letzten woche monat jahr nacht semaine prochaine derniere mois annee proxima semana pasada mes',
  // Programs.
  'func function def class return import export const let var public private static void string int float bool true false',
  'null none undefined self this new async await select insert update delete where join table server client host port',
  'localhost error warning info debug trace fatal log token key secret password username login session cookie header',
  'body request response get post put patch status ok bytes byte bit bits file folder directory path schema index build',
  'bundle package module library plugin addon renderer compiler runtime kernel driver firmware browser app application',
  // Techniques, formats and systems that everybody names.
  'api sdk cli gui ide os cpu gpu ram rom ssd hdd usb hdmi vga lcd led nfc rfid gps wifi bluetooth ethernet lan wan vpn dns',
  'dhcp tcp udp ip ssh ftp smtp imap http https tls ssl jwt oauth saml ldap csp cors xss csrf sql nosql json xml yaml toml',
  'csv tsv html css svg png jpg jpeg gif pdf zip tar ascii unicode utf regex uuid guid crud rest grpc graphql soap rpc ajax',
  'linux unix ubuntu debian fedora windows macos android ios chromium chrome firefox safari edge wayland gnome kde bash zsh',
  'python java javascript typescript rust golang kotlin swift ruby perl php scala haskell matlab node npm pip cargo maven',
  'gradle docker kubernetes helm terraform ansible jenkins git github gitlab svn electron react angular vue svelte django',
  'flask rails spring tensorflow pytorch onnx cuda numpy pandas jupyter excel word powerpoint photoshop autocad',
  'rsa aes ecc sha md5 hmac rlwe lwe fhe kv jit gc llm nlp ocr ai ml iot saas faq asap fyi tba tbd etc aka diy',
];
const ordinary = new Set(lists.flatMap((list) => list.split(' ')));

/** Whether a span has no word but those, or one small letter. */
export function isOrdinary(value: string): boolean {
  const words = value
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  return words.every((word) => ordinary.has(word)) || /^\p{Ll}$/u.test(value);
}
