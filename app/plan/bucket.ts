/** The most rows that one request carries (`MAX_ROWS` of the encryption scheme). */
export const maxRowsPerRequest = 64;

/**
 * The number of rows that a request for `rows` rows is filled up to: the next power of two. The sizes of a request
 * and of its response depend on the matrix and on this number alone.
 * @throws RangeError outside 1..64.
 */
export function bucketOf(rows: number): number {
  if (!Number.isInteger(rows) || rows < 1 || rows > maxRowsPerRequest) {
    throw new RangeError(`a request carries 1 to ${maxRowsPerRequest} rows, not ${rows}`);
  }
  return 2 ** Math.ceil(Math.log2(rows));
}
