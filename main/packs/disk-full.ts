import { Failure } from '../../app/failure/failure.ts';

/** What file systems say when there is no room: a full disk, a full share of it, a file larger than is allowed. */
const full = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Runs work that writes; a disk without room comes out as a Failure `pack` with reason `disk-full`. */
export async function withRoom<T>(kept: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && full.includes(String(error.code)))) throw error;
    throw new Failure('pack', `The disk is full. The pack was not installed. ${kept}`, {
      next: 'Free some space, then install it again.',
      reason: 'disk-full',
      cause: error,
    });
  }
}
