/** What the services' process is told at its start; never by arguments, which other users can read. */
import * as v from 'valibot';

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

export const startOptions = v.strictObject({
  version: v.string(),
  profile: v.strictObject({
    name: v.string(),
    dir: path,
    packsDir: path,
    bundledServerDir: path,
    pinsFile: path,
  }),
});
export type StartOptions = v.InferOutput<typeof startOptions>;
