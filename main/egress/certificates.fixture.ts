import { X509Certificate } from 'node:crypto';
import type { Pin } from './pins.ts';

/** Two self-signed certificates (Ed25519), in base64. */
const certificates = [
  'MIIBNDCB56ADAgECAhQf9jdrcDf9mX2gralbDxQyTqvhGzAFBgMrZXAwDzENMAsG' +
    'A1UEAwwEdGVzdDAgFw0yNjExMjExMDA5NDJaGA8yMTI2MTAyODEwMDk0MlowDzEN' +
    'MAsGA1UEAwwEdGVzdDAqMAUGAytlcAMhAL2HKl1kAC6QIezSeFtPf50dxRsezn6j' +
    'k41Rg2kXXyEHo1MwUTAdBgNVHQ4EFgQUEeqDhMnonQ1rjzTwjL8QUom0x3kwHwYD' +
    'VR0jBBgwFoAUEeqDhMnonQ1rjzTwjL8QUom0x3kwDwYDVR0TAQH/BAUwAwEB/zAF' +
    'BgMrZXADQQBfTBGAdBTPEzHvFLy92TxWobuyUZDP+9T9bXonKXUDJ179yFubZYcQ' +
    'zrsu+2HJFTlAgSDZBvaoAc5lKGlBkvgF',
  'MIIBNDCB56ADAgECAhRaAYYTaR94ew3jEoWJMpf7LUQnQDAFBgMrZXAwDzENMAsG' +
    'A1UEAwwEdGVzdDAgFw0yNjExMjExMDA5NDJaGA8yMTI2MTAyODEwMDk0MlowDzEN' +
    'MAsGA1UEAwwEdGVzdDAqMAUGAytlcAMhAE5NTEFZd7zaxL8Qqk3JEbs7/jFxaXuP' +
    'lH8OIWycugavo1MwUTAdBgNVHQ4EFgQUB9cyz4jp3J6ooNGhDN+8xEFOvOowHwYD' +
    'VR0jBBgwFoAUB9cyz4jp3J6ooNGhDN+8xEFOvOowDwYDVR0TAQH/BAUwAwEB/zAF' +
    'BgMrZXADQQD8j1teWSqfR1oURBY9quytjQbZ4vRVCi8SzrBJKWGCUyXzgEXW/00H' +
    'G4S/TGd0rDUua3x9pMtvMCt8eM4BBaUJ',
];

/** One of them as it would be pinned: they are nobody's, so that no server shows them. */
export function certificate(index: 0 | 1): Pin {
  const pem = new X509Certificate(Buffer.from(certificates[index] ?? '', 'base64')).toString();
  return { pem, fingerprint256: new X509Certificate(pem).fingerprint256 };
}
