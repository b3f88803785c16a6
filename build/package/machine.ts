import { closeSync, openSync, readSync } from 'node:fs';

/** ELF: e_machine (System V ABI); PE: Machine (Microsoft PE format); Mach-O: cputype (mach/machine.h). */
const elf: Readonly<Record<number, string>> = { 0x3e: 'linux-x64', 0xb7: 'linux-arm64' };
const pe: Readonly<Record<number, string>> = { 0x8664: 'win32-x64', 0xaa64: 'win32-arm64' };
const mach: Readonly<Record<number, string>> = { 0x01000007: 'darwin-x64', 0x0100000c: 'darwin-arm64' };

/** Which machine a program or library is for, as `platform-arch` of Node; `null` for a file that is neither. */
export function machineOf(file: string): string | null {
  const head = Buffer.alloc(4096);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, head, 0, head.length, 0);
  } finally {
    closeSync(handle);
  }
  if (head.readUInt32BE(0) === 0x7f454c46) return elf[head.readUInt16LE(18)] ?? 'an unknown machine';
  if (head.readUInt32LE(0) === 0xfeedfacf) return mach[head.readUInt32LE(4)] ?? 'an unknown machine';
  // A universal binary holds several.
  if (head.readUInt32BE(0) === 0xcafebabe) return 'several machines';
  if (head.toString('latin1', 0, 2) !== 'MZ') return null;
  const at = head.readUInt32LE(0x3c);
  if (at > head.length - 6 || head.toString('latin1', at, at + 4) !== 'PE\0\0') return null;
  return pe[head.readUInt16LE(at + 4)] ?? 'an unknown machine';
}
