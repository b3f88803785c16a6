/** See python.mjs. */
export function preparePython(log?: (line: string) => void): Promise<string>;
