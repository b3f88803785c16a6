/**
 * Runs programs in Bochs, an emulator of a processor with AVX-512, which few machines for development have and qemu has
 * not.
 *
 * Bochs emulates a whole computer. It boots Debian's kernel for virtual machines, unpacked and not installed, from a CD;
 * the file system in memory holds busybox, the programs, which must be linked statically, and the files they read; a
 * script runs them in turn and writes what they print and their statuses to a serial port, which is a file here.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const isolinux = '/usr/lib/ISOLINUX/isolinux.bin';
const loader = '/usr/lib/syslinux/modules/bios/ldlinux.c32';
const bios = '/usr/share/bochs/BIOS-bochs-latest';
const vgaBios = '/usr/share/vgabios/vgabios.bin';
const kernelPackage = 'linux-image-cloud-amd64';
const remedy =
  'apt install bochs bochs-term bochsbios vgabios isolinux syslinux-common xorriso busybox-static cpio';

/** Commands that fail where a tool is missing, and how to get it. */
export const tools = [
  [['bochs-bin', '--help', 'cpu'], remedy],
  ...[bios, vgaBios, isolinux, loader].map((path) => [['test', '-f', path], remedy]),
  [['xorriso', '--version'], remedy],
  [['busybox', '--help'], remedy],
  [['cpio', '--version'], remedy],
  [['apt-cache', 'show', kernelPackage], 'Debian, and apt update: its kernel is downloaded'],
];

/** A Skylake-X with 512 MiB, a CD, a serial port, and nothing that waits for a person. */
const configuration = `
plugin_ctrl: unmapped=1, biosdev=1, extfpuirq=1, serial=1
config_interface: textconfig
display_library: term
romimage: file=${bios}, options=fastboot
vgaromimage: file=${vgaBios}
cpu: model=corei7_skylake_x, count=1, ips=50000000, reset_on_triple_fault=0
memory: guest=512, host=512
ata0-master: type=cdrom, path=cd.iso, status=inserted
boot: cdrom
clock: sync=none
com1: enabled=1, mode=file, dev=console
log: bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
`;

/**
 * The kernel would refuse every extension of the processor's state: what Bochs says of the compacted form of it, that of
 * XSAVES and XSAVEC, is longer than the kernel's count. Its own tests of ciphers take most of the time of a start.
 */
const boot = `
default linux
label linux
 kernel /linux
 initrd /initrd
 append console=ttyS0 quiet panic=1 mitigations=off cryptomgr.notests clearcpuid=xsaves,xsavec
`;

function execute(cwd, command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')}: ${error ?? stderr}`);
  return stdout;
}

/** Debian's kernel, unpacked below `folder`: the path of its image. */
function kernel(folder) {
  const image = /Depends: (linux-image\S+)/.exec(execute(folder, 'apt-cache', 'depends', kernelPackage));
  if (image === null) throw new Error(`${kernelPackage} depends on no kernel`);
  execute(folder, 'apt-get', 'download', image[1]);
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  execute(folder, 'dpkg-deb', '-x', archive, 'kernel');
  const name = readdirSync(join(folder, 'kernel/boot')).find((name) => name.startsWith('vmlinuz'));
  return join(folder, 'kernel/boot', name);
}

/** The script that the kernel starts. */
function script(commands) {
  const runs = commands.map(
    ({ program, args, env }, i) =>
      `env ${Object.entries(env ?? {})
        .map(([name, value]) => `${name}=${value} `)
        .join('')}` + `/${basename(program)} ${args.join(' ')}\necho "command ${i}: status $?"`,
  );
  // The port sends what it was given before the power goes off.
  return `#!/bin/busybox sh
/bin/busybox --install /bin
export PATH=/bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
${runs.join('\n')}
sleep 1
poweroff -f
`;
}

/** The image of the CD, `cd.iso` in `folder`. */
function makeCd(folder, commands, files) {
  const [root, cd] = [join(folder, 'root'), join(folder, 'cd')];
  for (const name of ['bin', 'dev', 'proc', 'tmp']) mkdirSync(join(root, name), { recursive: true });
  cpSync(execute(folder, 'which', 'busybox').trim(), join(root, 'bin/busybox'));
  for (const program of new Set(commands.map(({ program }) => program)))
    cpSync(program, join(root, basename(program)));
  for (const path of files) cpSync(path, join(root, path), { recursive: true });
  writeFileSync(join(root, 'init'), script(commands), { mode: 0o755 });

  mkdirSync(join(cd, 'isolinux'), { recursive: true });
  cpSync(kernel(folder), join(cd, 'linux'));
  cpSync(isolinux, join(cd, 'isolinux/isolinux.bin'));
  cpSync(loader, join(cd, 'isolinux/ldlinux.c32'));
  writeFileSync(join(cd, 'isolinux/isolinux.cfg'), boot);
  execute(root, 'sh', '-c', 'find . | cpio -o -H newc --quiet | gzip > ../cd/initrd');
  execute(
    folder,
    ...['xorriso', '-as', 'mkisofs', '-quiet', '-o', 'cd.iso', '-b', 'isolinux/isolinux.bin'],
    ...['-c', 'isolinux/boot.cat', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table', 'cd'],
  );
}

/**
 * Runs `commands`, each a `program` of this machine with `args` and `env`, with `files` (or folders) at their places.
 * Returns what was printed, and each command's status: undefined for one that did not come to its end within `seconds`.
 */
export function emulate(commands, files, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-bochs-'));
  try {
    makeCd(folder, commands, files);
    writeFileSync(join(folder, 'bochsrc'), configuration);
    // Debian's Bochs is built with its debugger, which waits to be told to continue.
    writeFileSync(join(folder, 'continue'), 'c\n');
    spawnSync('bochs-bin', ['-q', '-f', 'bochsrc', '-rc', 'continue'], {
      cwd: folder,
      env: { ...process.env, TERM: 'vt100' },
      stdio: 'ignore',
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
    });
    const file = join(folder, 'console');
    const console = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const statuses = commands.map((_, i) => {
      const found = new RegExp(`command ${i}: status (\\d+)`).exec(console);
      return found === null ? undefined : Number(found[1]);
    });
    return { console, statuses };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
