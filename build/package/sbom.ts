/** A software bill of materials of what is shipped, in CycloneDX 1.6 (ECMA-424): no time, no random number, sorted. */
import { createHash } from 'node:crypto';
import type { Component } from './components.ts';

export function renderSbom(version: string, components: readonly Component[]): string {
  const listed = components.map(({ name, version, licence, purl, hash }) => ({
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    licenses: [{ expression: licence }],
    purl,
    ...(hash ? { hashes: [{ alg: hash.algorithm, content: hash.hex }] } : {}),
  }));
  const body = {
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': `pkg:generic/sotto@${version}`,
        name: 'sotto',
        version,
        licenses: [{ expression: 'Apache-2.0' }],
      },
    },
    components: listed,
    dependencies: [{ ref: `pkg:generic/sotto@${version}`, dependsOn: components.map(({ purl }) => purl) }],
  };
  // The serial number follows from the content, so that equal packages have equal lists.
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(body))}`;
  return `${JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber, ...body }, null, 2)}\n`;
}

/** A UUID of version 8 (RFC 9562): its bits are a hash. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
