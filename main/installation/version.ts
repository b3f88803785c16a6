import about from '../../package.json' with { type: 'json' };

/** Of this Sotto. */
export const { version } = about;
