/** How numbers are written in previews and receipts. */
import type { SchemeFacts } from './facts.ts';

/** `1 message`, `12 messages`. */
export function amount(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** Bytes in steps of 1000, three digits: `950 B`, `12.4 kB`, `3.87 MB`. */
export function byteCount(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${units[unit]}`;
}

/** Milliseconds as `0.4 ms`, `86 ms` or `1.93 s`. */
export function duration(ms: number): string {
  if (ms >= 999.5) return `${threeDigits(ms / 1000)} s`;
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

/** The parameters of the encryption, for who can read them; nothing without encryption. */
export function schemeLine(scheme: SchemeFacts | null): string {
  if (scheme === null) return '';
  const { name, n, log2_q, log2_qp, log2_t, failure_log2 } = scheme;
  return (
    `Scheme ${name}: n = ${n}, log2 q = ${log2_q.toFixed(1)}, log2 QP = ${log2_qp.toFixed(1)}, log2 t <= ` +
    `${log2_t.toFixed(1)}, decryption failure <= 2^${Math.ceil(failure_log2)} per output (Gaussian tail, real weights); IND-CPA.`
  );
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
