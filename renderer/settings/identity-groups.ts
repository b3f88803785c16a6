/** A certificate's identity as people compare it: hex in groups of four, and where two of them differ. */

/** `sha256:0a1b2c3d...` becomes `['0a1b', '2c3d', ...]`, sixteen groups. */
export function identityGroups(identity: string): readonly string[] {
  return identity.replace(/^sha256:/, '').match(/.{1,4}/g) ?? [];
}

/** The groups of one identity, each with whether the other one has another at its place. */
export function comparedGroups(
  identity: string,
  other: string,
): readonly { readonly group: string; readonly differs: boolean }[] {
  const others = identityGroups(other);
  return identityGroups(identity).map((group, i) => ({ group, differs: group !== others[i] }));
}

/**
 * Reads an identity that a provider published, however it was written: with or without `sha256:`, upper case,
 * colons or spaces between bytes. `null` when it is none.
 */
export function parseIdentity(text: string): string | null {
  const hex = text
    .trim()
    .replace(/^sha-?256\s*[:=]?/i, '')
    .replace(/[\s:]/g, '')
    .toLowerCase();
  return /^[0-9a-f]{64}$/.test(hex) ? `sha256:${hex}` : null;
}
