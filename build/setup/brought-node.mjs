/** Node 24 as npm brings it, for Linux and Windows. Plain JavaScript for Node 20: the set-up asks for it. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'node_modules');
const [system, program] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node'];

/** Its path, whether or not it is there. */
export const broughtNode = join(packages, `node-${system}-${process.arch}`, 'bin', program);
