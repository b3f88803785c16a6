import { checkedId } from './checked-id.ts';

const letters = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Spanish NIF and NIE: the number modulo 23 names the letter, X Y Z stand for 0 1 2 (Real Decreto 1553/2005, Orden INT/2058/2008). */
export const esNif = checkedId({
  forms: [
    [
      '\\d{8}[ -]?[A-HJ-NP-TV-Z]|\\d\\d\\.\\d{3}\\.\\d{3}[ -]?[A-HJ-NP-TV-Z]|[XYZ][ -]?\\d{7}[ -]?[A-HJ-NP-TV-Z]',
      0.5,
    ],
  ],
  valid: (id) =>
    letters[Number(id.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)))) % 23] ===
    id.at(-1),
  context: ['nif', 'nie', 'dni', 'documento', 'identidad', 'cif'],
  marked: [
    'DNI «12345678Z»',
    'con NIE «X1234567L», residente',
    'su DNI es «12.345.678-Z»',
    'firmado: «47281936P»',
  ],
  clear: ['DNI 12345678A', 'pieza 12345678A', 'X1234567A'],
});
