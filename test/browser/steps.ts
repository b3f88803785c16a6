/** What people do in the window, in the words of the window. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { App } from './app.ts';

/** The prompt that the tests ask most: two proven secrets, and words before them that stay here. */
export const privatePrompt =
  'Please write a short note to the bank: the rent for my account DE89 3704 0044 0532 0130 00 goes out on Friday, questions to anna.weber@mail.net.';

export function promptField(page: Page) {
  return page.getByRole('textbox', { name: 'Your prompt' });
}

/** The three screens, without asking the example. */
export async function passFirstRun(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Make the key' }).click();
  await page.getByRole('button', { name: 'Later' }).click();
  await skipExample(page);
}

/** From the third screen to an empty conversation. */
export async function skipExample(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Skip' }).click();
  await page.getByRole('heading', { name: 'What may nobody else read?' }).waitFor();
}

/** Types, and waits until what would leave is known. */
export async function write(page: Page, text: string): Promise<void> {
  const field = promptField(page);
  await field.click();
  await field.fill(text);
  await planLine(page).waitFor();
}

/** The line beneath the prompt that says what will leave. */
export function planLine(page: Page) {
  return page.getByRole('button', { name: 'What will leave:' });
}

export async function send(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

/** The footers of the answers that ended, `private · 2.1 s · 0.9 MB sent · verified`. */
export function receipts(page: Page) {
  return page.getByTitle('Show the receipt');
}

/** Asks, and waits for the answer's end. */
export async function ask(page: Page, text: string): Promise<void> {
  const before = await receipts(page).count();
  await write(page, text);
  await send(page);
  await expect.poll(() => receipts(page).count()).toBe(before + 1);
}

/** In the menu beneath the prompt: for what is asked in this conversation from here on. */
export async function choosePolicy(page: Page, policy: string): Promise<void> {
  await page.getByTitle('Protection').click();
  await page.getByRole('menuitemradio', { name: policy }).click();
}

/** What the last answer was asked with, by its receipt. */
export async function policyOf(page: Page): Promise<string> {
  await receipts(page).last().click();
  const said = await page.locator('.fact', { hasText: 'Protection' }).locator('dd').innerText();
  await page.keyboard.press('Escape');
  return said;
}

/** Answers the host's question with the code that it printed last, once it has come through. */
export async function confirmOutside(page: Page, output: () => string): Promise<void> {
  const field = page.getByRole('textbox', { name: 'Code from the terminal' });
  await field.waitFor();
  const last = () => [...output().matchAll(/code (\d{6})/g)].at(-1)?.[1] ?? '';
  await expect.poll(() => last() !== '' && !usedCodes.has(last())).toBe(true);
  usedCodes.add(last());
  await field.fill(last());
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
}
const usedCodes = new Set<string>();

export interface NamedServer {
  readonly address: string;
  readonly name: string;
  /** What the provider published; nothing without TLS. */
  readonly identity: string | undefined;
  readonly token?: string;
}

/** Adds a provider's server in the settings, compares its identity, and chooses it. */
export async function addServer(app: App, server: NamedServer): Promise<void> {
  const { page } = app;
  await describeServer(app, server);
  await page.getByRole('button', { name: 'Pin and add' }).click();
  await page.getByRole('button', { name: 'Choose it for new questions' }).click();
}

/** To the last step of adding it: nothing is pinned or stored yet. */
export async function describeServer(
  { page, hostOutput }: App,
  { address, name, identity, token }: NamedServer,
): Promise<void> {
  await goTo(page, '/settings/servers');
  await page.getByRole('button', { name: 'Add a server' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Where is the server?').fill(address);
  await dialog.getByRole('button', { name: 'Look at the server' }).click();
  await confirmOutside(page, hostOutput);
  await dialog.getByText('Step 2 of 3').waitFor();
  if (identity !== undefined) {
    await dialog.getByLabel('Paste the published identity to compare').fill(identity);
    await dialog.getByText('Both are the same, all 64 digits.').waitFor();
    await dialog.getByLabel('I compared the identity').check();
  }
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByLabel('What do you call it?').fill(name);
  if (token !== undefined) await dialog.getByLabel('Token, if the provider gave you one').fill(token);
}

/** A place of the window, as its address names it. */
export async function goTo(page: Page, place: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to;
  }, place);
}

/** Waits until words of the last answer are on screen, rather than what it waits for. */
export async function answering(page: Page): Promise<void> {
  const words = /^(?!Asked|Opening|Connecting|Sending|Reading|The answer is)\S/;
  await expect.poll(() => page.locator('.answer').last().innerText(), { interval: 20 }).toMatch(words);
}

/** Conversations of one question each, `Question 1` the latest, in the form of Sotto's own export. */
export async function importMany(page: Page, count: number): Promise<void> {
  const conversations = Array.from({ length: count }, (_, index) => {
    const text = `Question ${index + 1}`;
    const time = 1_700_000_000_000 - index * 1000;
    const question = {
      role: 'user',
      id: `q-${index}`,
      time,
      text,
      marks: [],
      edits: { marked: [], unmarked: [] },
    };
    return { id: `c-${index}`, title: text, pinned: false, created: time, changed: time, items: [question] };
  });
  await importConversations(page, conversations);
}

/** @param conversations in the form of Sotto's own export */
export async function importConversations(page: Page, conversations: readonly unknown[]): Promise<void> {
  await openImport(page);
  await chooseImport(page, conversations);
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
}

export async function openImport(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'All conversations' }).click();
  await page.getByRole('menuitem', { name: 'Import conversations' }).click();
}

/** The file of an import, in its dialogue. */
export async function chooseImport(page: Page, conversations: readonly unknown[]): Promise<void> {
  await page
    .getByRole('dialog')
    .getByLabel('Choose a file')
    .first()
    .setInputFiles({
      name: 'conversations.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify({ format: 'sotto-conversations', version: 1, conversations })),
    });
}
