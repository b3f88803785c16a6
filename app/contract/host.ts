/**
 * What the host around the page does itself (a window's own matters), and what it does for the services behind it.
 * Electron's shell and the web host implement both.
 */
import * as v from 'valibot';
import { call, stream } from './method.ts';
import { draft } from './plan.ts';
import { id, line, nothing, prompt, text } from './shapes.ts';

/** Something that happened to the application, for the page to act on. */
const windowEvent = v.variant('type', [
  /** A `sotto://` link: fills the composer, never sends. */
  v.strictObject({ type: v.literal('prefill'), text: prompt }),
  /** The quick prompt goes on here. */
  v.strictObject({
    type: v.literal('continue'),
    conversation: v.nullable(id),
    draft: v.nullable(draft),
  }),
  v.strictObject({ type: v.literal('go'), to: v.picklist(['new', 'search', 'settings', 'about']) }),
  /** The quick prompt's window is on screen now. */
  v.strictObject({ type: v.literal('shown') }),
  /** The process behind the services ended and was started again. */
  v.strictObject({ type: v.literal('restarted') }),
  /** The web host has no dialog of its own: the code on its terminal confirms. */
  v.strictObject({ type: v.literal('confirmation'), id, question: text(500), detail: text(2000) }),
  /** It was answered, in whichever window, or nobody waits for the answer any more. */
  v.strictObject({ type: v.literal('confirmation-ended'), id }),
  /** The web host has no windows of its own: the page that asked opens `quick.html` in another tab. */
  v.strictObject({ type: v.literal('open-quick-prompt') }),
  v.strictObject({ type: v.literal('update'), version: line(40) }),
]);
export type WindowEvent = v.InferOutput<typeof windowEvent>;

/** For the page. */
export const window = {
  about: call({
    in: nothing,
    out: v.strictObject({
      host: v.picklist(['electron', 'web']),
      platform: line(40),
      /** What this host can do; a page hides what it cannot. */
      can: v.strictObject({
        tray: v.boolean(),
        globalShortcut: v.boolean(),
        startAtLogin: v.boolean(),
        chooseFolder: v.boolean(),
        readClipboard: v.boolean(),
        update: v.boolean(),
      }),
    }),
  }),
  /** Ends only when stopped. */
  events: stream({ in: nothing, item: windowEvent, out: nothing }),
  /** Answers a `confirmation` event with the code from the terminal; an empty code declines. */
  confirm: call({
    in: v.strictObject({ id, code: text(20) }),
    out: v.strictObject({ accepted: v.boolean() }),
  }),
  /** The clipboard's text, when the user asks for it. */
  readClipboard: call({ in: nothing, out: v.strictObject({ text: prompt }) }),
  showQuickPrompt: call({ in: nothing, out: nothing }),
  hideQuickPrompt: call({ in: nothing, out: nothing }),
  /** From the quick prompt to the main window. */
  continueInMain: call({
    in: v.strictObject({ conversation: v.nullable(id), draft: v.nullable(draft) }),
    out: nothing,
  }),
  /** Opens one of Sotto's own documents outside; a page cannot name an address. */
  openDocument: call({
    in: v.strictObject({ document: v.picklist(['security', 'threat-model', 'user-guide', 'licence']) }),
    out: nothing,
  }),
  checkForUpdate: call({ in: nothing, out: v.strictObject({ version: v.nullable(line(40)) }) }),
};

/** For the services: they call, the host answers. */
export const host = {
  /** Asks the user outside the page. */
  confirm: call({
    in: v.strictObject({ question: text(500), detail: text(2000) }),
    out: v.strictObject({ confirmed: v.boolean() }),
  }),
  /** The folder that the user chose, or nothing. */
  chooseFolder: call({ in: nothing, out: v.strictObject({ path: v.nullable(text(4096)) }) }),
  /** Shortcut and start at login follow the settings. */
  applySettings: call({
    in: v.strictObject({ quickPrompt: text(60), startAtLogin: v.boolean() }),
    out: v.strictObject({ shortcutTaken: v.boolean(), startAtLoginFailed: v.optional(v.boolean()) }),
  }),
  notify: call({ in: v.strictObject({ title: line(200), body: text(500) }), out: nothing }),
  /** One keychain call in a process of its own that can be killed: what it prints on its only line. */
  keychain: call({
    in: v.strictObject({ request: text(100_000), limitMs: v.pipe(v.number(), v.integer()) }),
    out: v.strictObject({ answer: v.nullable(text(100_000)) }),
  }),
};
