import { describe, expect, test } from 'vitest';
import { detect } from '../detect.ts';

/** What rules mark in a text, as `kind value`. */
const marks = (text: string) =>
  detect(text).map((mark) => `${mark.kind} ${text.slice(mark.start, mark.end)}`);

describe('German', () => {
  test('a letter', () => {
    expect(
      marks(
        'Sehr geehrte Frau Dr. Weiß-Huber, ich wohne in der Lindenstraße 12a, 10115 Berlin, geboren am 3. März 1984. ' +
          'Meine Steuer-ID ist 86 095 742 719, IBAN DE89 3704 0044 0532 0130 00, Tel. 030 23125 100.',
      ),
    ).toEqual([
      'person Weiß-Huber',
      'address Lindenstraße 12a, 10115 Berlin',
      'date 3. März 1984',
      'national-id 86 095 742 719',
      'iban DE89 3704 0044 0532 0130 00',
      'phone 030 23125 100',
    ]);
  });

  test('numbers and words of an ordinary day stay', () => {
    expect(
      marks(
        'Am 3. Mai kamen 1.250 Menschen, 12 % mehr als 2019. Die Fahrt kostet 23,50 Euro und dauert von 8:15 bis 10:30 Uhr. ' +
          'In der Regel 5 Tage, siehe Abschnitt 3.2.1, Seite 112, DIN EN 12464, Weg 3 von 4.',
      ),
    ).toEqual([]);
  });
});

describe('French', () => {
  test('a letter', () => {
    expect(
      marks(
        'Mme Duvallon, née le 1er août 1990, habite 12 rue de la Gare, 75002 Paris. Sécurité sociale : ' +
          '2 69 05 49 588 157 80, courriel a.duvallon@posteo.fr, téléphone 01 84 17 61 18. Elle a 34 ans.',
      ),
    ).toEqual([
      'person Duvallon',
      'date 1er août 1990',
      'address 12 rue de la Gare, 75002 Paris',
      'national-id 2 69 05 49 588 157 80',
      'email a.duvallon@posteo.fr',
      'phone 01 84 17 61 18',
      'age 34',
    ]);
  });

  test('numbers and words of an ordinary day stay', () => {
    expect(
      marks(
        'Le 14 juillet, 1 250 000 personnes, soit 12,5 % de plus. La rue est longue, le train de 8 h 15 part voie 12. ' +
          "Il y a 3 ans, l'article 12-4 du code a changé; voir page 1024.",
      ),
    ).toEqual([]);
  });
});

describe('Spanish', () => {
  test('a letter', () => {
    expect(
      marks(
        'Sra. Quintanilla, con DNI 12345678Z, nacida el 3 de mayo de 1984, vive en la Calle de Alcalá 24, 28014 Madrid. ' +
          'Tiene 40 años, móvil +34 612 34 56 78.',
      ),
    ).toEqual([
      'person Quintanilla',
      'national-id 12345678Z',
      'date 3 de mayo de 1984',
      'address Calle de Alcalá 24, 28014 Madrid',
      'age 40',
      'phone +34 612 34 56 78',
    ]);
  });

  test('numbers and words of an ordinary day stay', () => {
    expect(
      marks(
        'El 3 de mayo hubo 1.250 personas, sin contar 12.345 más. A las 8:15, en la plaza, por 23,50 euros; página 1024.',
      ),
    ).toEqual([]);
  });
});

describe('Italian', () => {
  test('a letter', () => {
    expect(
      marks(
        'La signora Ferrantini, nata il 12 luglio 1979, codice fiscale RSSMRA85T10A562S, abita in via Garibaldi 18, 00184 Roma. ' +
          'Ha 45 anni, telefono +39 06 6982 0000.',
      ),
    ).toEqual([
      'date 12 luglio 1979',
      'national-id RSSMRA85T10A562S',
      'address via Garibaldi 18, 00184 Roma',
      'age 45',
      'phone +39 06 6982 0000',
    ]);
  });

  test('numbers and words of an ordinary day stay', () => {
    expect(
      marks(
        'Il 3 maggio sono venute 1.250 persone, il 12% in più. Il treno delle 8:15 costa 23,50 euro; via Internet, pagina 1024.',
      ),
    ).toEqual([]);
  });
});
