export const quick = {} as const;
