import { Failure } from '../../app/failure/failure.ts';
import { codeOf } from './system-error.ts';

/** What file systems say when there is no room: a full disk, a full share of it, a file larger than is allowed. */
const full = ['ENOSPC', 'EDQUOT', 'EFBIG'];
/** What they say where nothing may be written, or where a folder should be and a file is. */
const closed = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'];

/**
 * Runs work that writes into a folder; a disk without room comes out as a Failure `pack` with reason `disk-full`, a folder
 * that cannot be written as one that names it.
 */
export async function withRoom<T>(folder: string, kept: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (full.includes(code)) {
      throw new Failure('pack', `The disk is full. The pack was not installed. ${kept}`, {
        next: 'Free some space, then install it again.',
        reason: 'disk-full',
        cause: error,
      });
    }
    if (closed.includes(code)) {
      throw new Failure(
        'pack',
        `${folder} cannot be written (${code}). The pack was not installed. ${kept}`,
        {
          next: 'Mend its permissions, or set SOTTO_HOME to another folder.',
          cause: error,
        },
      );
    }
    throw error;
  }
}
