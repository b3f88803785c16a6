import { arch, cpus, platform, release, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';

/** What a figure was measured on. */
export function describeMachine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
    vector_units: vectorUnits(),
  };
}

/** The instruction sets that decide a figure, where the system tells. */
function vectorUnits(): string {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
    return ['avx2', 'avx512f', 'avx512ifma', 'avx512_vnni'].filter((flag) => flags.includes(flag)).join(' ');
  } catch {
    return 'unknown';
  }
}
