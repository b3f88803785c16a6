/** Marks as one writes: while the reader hangs, while an input method composes, and for words that are always or never marked. */
import { expect, test } from 'vitest';
import type { BrowserContext, Page, Worker } from 'playwright-core';
import type { AnswerRecord } from '../../app/contract/assistant.ts';
import { errorOf } from '../../app/contract/result.ts';
import { Failure } from '../../app/failure/failure.ts';
import { createRecord } from '../../renderer/bridge/conversations.fixture.ts';
import { openApp } from './app.ts';
import {
  ask,
  goTo,
  importConversations,
  passFirstRun,
  planLine,
  privatePrompt,
  promptField,
  receipts,
  send,
  write,
} from './steps.ts';

test('what looks for sensitive words hangs or ends: nothing is sent, the user is told, and a fresh one reads', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  await write(page, 'Write a letter.');
  // A reader that is still loading is given longer.
  await page.locator('form.composer[data-detection=checked]').waitFor();
  await promptField(page).fill('');

  inReader(page, () => {
    for (;;);
  });
  await promptField(page).click();
  await page.keyboard.insertText(privatePrompt);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Checking' }).waitFor();
  await page.getByText('The prompt is checked before anything is sent.').waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'not checked yet' }).waitFor();
  await app.picture('detecting');
  const status = page.locator('form.composer').getByRole('status');
  await status.getByText('The prompt was not checked for sensitive words').waitFor();
  await page.locator('.problem').getByText('The prompt was not checked for sensitive words').waitFor();
  expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
  await app.look('not-checked');
  // Enter means to check again here, not to send what comes of it.
  await promptField(page).press('Enter');
  await page.getByRole('button', { name: '3 marked words' }).waitFor();
  await planLine(page).waitFor();

  await inReader(page, () => {
    close();
  }).waitForEvent('close');
  await page.keyboard.insertText(' Call +49 30 23125 042.');
  await status.getByText('The prompt was not checked for sensitive words').waitFor();
  await page.getByRole('button', { name: 'Check again' }).click();
  await page.getByRole('button', { name: '4 marked words' }).waitFor();
  await page.getByText('Conversations appear here.').waitFor();
  await send(page);
  await receipts(page).first().waitFor();
}, 300_000);

test('a word is marked always, another one never, from its own menu; the settings list both and take them back', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  const prompt = 'Tell them that the lantern is ready, and write to anna.weber@mail.net.';
  await write(page, prompt);
  await select(page, prompt.indexOf('lantern'), 'lantern'.length);
  await page.keyboard.press('Control+m');
  await page.getByRole('button', { name: '2 marked words' }).click();
  await marked(page, /^lantern/).click();
  await app.look('mark-menu');
  await page.getByRole('button', { name: 'Always mark' }).click();
  await page.getByText('Marked from now on, wherever it stands.').first().waitFor();
  await marked(page, /^anna.weber@mail.net/).click();
  await page.getByRole('button', { name: 'Never mark' }).click();
  await page.getByText('Settings, Detection lists such words.').first().waitFor();
  await page.getByRole('button', { name: '1 marked word' }).waitFor();

  const next = 'The lantern is lost, and so is what anna.weber@mail.net sent.';
  await ask(page, next);
  await expect.poll(() => page.locator('.question').last().innerText()).toContain('lantern');
  await write(page, next);
  await page.getByRole('button', { name: '1 marked word' }).click();
  await marked(page, /^lantern/).waitFor();
  expect(await marked(page, /^anna.weber@mail.net/).count()).toBe(0);

  await goTo(page, '/settings/detection');
  await page.getByRole('button', { name: 'Remove lantern' }).scrollIntoViewIfNeeded();
  await app.picture('always-never-settings');
  await page.getByRole('button', { name: 'Remove lantern' }).click();
  await page.getByRole('button', { name: 'Remove anna.weber@mail.net' }).click();
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await write(page, next);
  await page.getByRole('button', { name: '1 marked word' }).click();
  await marked(page, /^anna.weber@mail.net/).waitFor();
  expect(await marked(page, /^lantern/).count()).toBe(0);
}, 300_000);

test('the keys mark a word whether or not it was found just before, and once more open its card', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  const prompt = 'Tell Maria Keller that the lantern is ready.';
  await write(page, prompt);
  await page.locator('form.composer[data-detection=checked]').waitFor();
  await page.getByRole('button', { name: '1 marked word' }).waitFor();
  for (const word of ['Maria Keller', 'lantern']) {
    await select(page, prompt.indexOf(word), word.length);
    await page.keyboard.press('Control+m');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
    expect(await page.getByRole('dialog', { name: word }).count()).toBe(0);
    await page.keyboard.press('Control+m');
    await page.getByRole('dialog', { name: word }).waitFor();
    await page.keyboard.press('Escape');
  }
  await page.getByRole('button', { name: '2 marked words' }).waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await receipts(page).first().waitFor();
}, 300_000);

test('an input method composes inside a marked word: caret and composition stay, and the marks follow at its end', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  const prompt = 'Ask about the lantern and DE89 3704 0044 0532 0130 00 please.';
  await write(page, prompt);
  await select(page, prompt.indexOf('lantern'), 'lantern'.length);
  await page.keyboard.press('Control+m');
  await page.getByRole('button', { name: '2 marked words' }).click();
  const at = prompt.indexOf('tern');
  await select(page, at, 0);
  const devtools = await app.context.newCDPSession(page);
  for (const text of ['ん', 'んな', 'んなの']) {
    const caret = { selectionStart: text.length, selectionEnd: text.length };
    await devtools.send('Input.imeSetComposition', { text, ...caret });
    // Long enough for marks and plan to come in between.
    await page.waitForTimeout(400);
    expect(await field(page)).toEqual({
      value: `${prompt.slice(0, at)}${text}${prompt.slice(at)}`,
      caret: at + text.length,
    });
  }
  await devtools.send('Input.insertText', { text: '奈野' });
  const composed = `${prompt.slice(0, at)}奈野${prompt.slice(at)}`;
  await expect.poll(() => field(page)).toEqual({ value: composed, caret: at + 2 });
  await marked(page, /^lan奈野tern/).waitFor();
  await marked(page, /^DE89 3704 0044 0532 0130 00/).waitFor();
  await planLine(page).waitFor();
  expect(await page.getByRole('button', { name: '2 marked words' }).count()).toBe(1);
  await app.look('composed');
}, 300_000);

test('arrow keys look for a kind or a country, and what they come by takes effect only when it is chosen', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  const prompt = 'Tell them that the lantern is ready.';
  await write(page, prompt);
  await select(page, prompt.indexOf('lantern'), 'lantern'.length);
  await page.keyboard.press('Control+m');
  await page.keyboard.press('Control+m');
  const card = page.getByRole('dialog', { name: 'lantern' });
  await card.getByTitle('Kind').focus();
  await page.keyboard.press('Enter');
  const chosen = page.getByRole('menuitemradio', { checked: true });
  const before = await chosen.innerText();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  expect(await card.count()).toBe(1);
  expect(await chosen.innerText()).toBe(before);
  const next = (await page.locator('[role=menuitemradio]:focus').innerText()).trim();
  await page.keyboard.press('Enter');
  await card.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '1 marked word' }).click();
  await marked(page, new RegExp(`^lantern ${next}$`)).waitFor();

  await goTo(page, '/settings/detection');
  const regions = page.locator('form', { has: page.getByLabel('Add a country') });
  const listed = () => page.getByRole('button', { name: /^Remove / }).count();
  const known = await listed();
  await regions.getByRole('combobox').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await listed()).toBe(known);
  await regions.getByRole('button', { name: 'Add' }).click();
  await expect.poll(listed).toBe(known + 1);
}, 300_000);

test('the card of a word goes when the prompt is sent beside it', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  const prompt = 'Tell Maria Keller that AKIAQYLPMN5HHHFPZAM2 is not in use.';
  await write(page, prompt);
  await page.getByRole('button', { name: '2 marked words' }).waitFor();
  await select(page, prompt.indexOf('Keller'), 0);
  await page.keyboard.press('Control+m');
  const card = page.getByRole('dialog', { name: 'Maria Keller' });
  await card.waitFor();
  await planLine(page).click();
  await page.locator('aside').getByRole('button', { name: 'Send', exact: true }).click();
  await receipts(page).first().waitFor();
  // Of whatever word it would be by now.
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await promptField(page).inputValue()).toBe('');
}, 300_000);

test('a question comes back while the next one is written: what is asked about other letters goes, what is composed stays', async () => {
  const asked: (() => void)[] = [];
  const app = await openApp({ prepare: (context) => refuseLater(context, asked) });
  const { page } = app;
  await passFirstRun(page);
  const goes = async () => {
    await write(page, 'Call Halden.');
    await send(page);
    await page.getByRole('button', { name: 'Stop' }).waitFor();
  };
  const comesBack = async () => {
    await expect.poll(() => asked.length).toBe(1);
    asked.pop()?.();
    await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
  };
  await goes();
  const key = 'The key AKIAQYLPMN5HHHFPZAM2 is not in use.';
  await write(page, key);
  await page.getByRole('button', { name: '1 marked word' }).click();
  await page.getByRole('button', { name: /^Unmark AKIA/ }).click();
  await page.getByRole('dialog', { name: 'This opens something' }).waitFor();
  await comesBack();
  await expect.poll(() => promptField(page).inputValue()).toBe(`Call Halden.\n${key}`);
  expect(await page.getByRole('dialog', { name: 'This opens something' }).count()).toBe(0);

  await goes();
  await promptField(page).click();
  const devtools = await app.context.newCDPSession(page);
  await devtools.send('Input.imeSetComposition', { text: 'んな', selectionStart: 2, selectionEnd: 2 });
  await comesBack();
  expect(await promptField(page).inputValue()).toBe('んな');
  await devtools.send('Input.imeSetComposition', { text: 'んなの', selectionStart: 3, selectionEnd: 3 });
  await devtools.send('Input.insertText', { text: '奈野' });
  const after = 'Call Halden.\n奈野';
  await expect.poll(() => field(page)).toEqual({ value: after, caret: after.length });
}, 300_000);

test('a name in an answer is marked, also where the question had none; not where it was read elsewhere in clear', async () => {
  const app = await openApp();
  const { page } = app;
  await passFirstRun(page);
  const conversation = exported('The flat', 'Did anybody call about the flat?', [
    { text: 'Yes: Mr Jonas Brandt called yesterday.', record: null },
    {
      text: 'Mrs Maria Keller called this morning, and she moves to Hamburg in May.',
      record: createRecord('', ''),
    },
  ]);
  await importConversations(page, [conversation]);
  await page.getByText('The flat').first().click();
  const marks = page.locator('.answer .route-sensitive');
  await marks.filter({ hasText: 'Maria Keller' }).waitFor();
  const found = await marks.allTextContents();
  expect(found).not.toContain('called');
  expect(found.join()).not.toContain('Brandt');
}, 300_000);

/** Questions reach nobody; each is refused when the test says so. */
async function refuseLater(context: BrowserContext, asked: (() => void)[]): Promise<void> {
  await context.routeWebSocket(/\/port$/, (page) => {
    const host = page.connectToServer();
    page.onMessage((text) => {
      const { id, service, method } = JSON.parse(String(text)) as Record<string, unknown>;
      if (service !== 'assistant' || method !== 'send') return host.send(text);
      const error = errorOf(
        new Failure('server', 'The server does not answer.', { reason: 'server-unreachable' }),
      );
      asked.push(() => page.send(JSON.stringify({ type: 'result', id, result: { ok: false, error } })));
    });
  });
}

/** A conversation with the same question before each answer, in the form of Sotto's own export. */
function exported(
  title: string,
  question: string,
  answers: readonly { readonly text: string; readonly record: AnswerRecord | null }[],
) {
  const time = 1_700_000_000_000;
  const edits = { marked: [], unmarked: [] };
  const items = answers.flatMap((answer, index) => [
    { role: 'user', id: `q-${index}`, time, text: question, marks: [], edits },
    { role: 'assistant', id: `a-${index}`, time, state: 'complete', ...answer },
  ]);
  return { id: 'c-1', title, pinned: false, created: time, changed: time, items };
}

/** Runs what does not return in the worker that looks for sensitive words. */
function inReader(page: Page, work: () => void): Worker {
  const reader = page.workers().findLast((worker) => worker.url().includes('detect'));
  if (!reader) throw new Error('the page has no worker for detection');
  reader.evaluate(work).catch(() => undefined);
  return reader;
}

/** A word in the list of what is marked, which must be open. */
function marked(page: Page, word: RegExp) {
  return page.getByRole('region', { name: /marked word/ }).getByRole('button', { name: word });
}

async function select(page: Page, start: number, length: number): Promise<void> {
  await promptField(page).evaluate(
    (area: HTMLTextAreaElement, [from, to]) => {
      area.focus();
      area.setSelectionRange(from, to);
    },
    [start, start + length] as const,
  );
}

function field(page: Page) {
  return promptField(page).evaluate((area: HTMLTextAreaElement) => ({
    value: area.value,
    caret: area.selectionEnd,
  }));
}
