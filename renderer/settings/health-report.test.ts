import { expect, it } from 'vitest';
import { reportText } from './health-report.ts';

it('is a line for each check, with what to do beneath', () => {
  const text = reportText([
    { name: 'keychain', passed: true, detail: 'found', next: null },
    { name: 'model pack', passed: false, detail: 'a hash is wrong', next: 'Install it again.' },
  ]);
  expect(text).toBe(
    ' 1. PASS  keychain: found\n 2. FAIL  model pack: a hash is wrong\n          Install it again.\n',
  );
});
