import { composer } from './composer.ts';
import { conversation } from './conversation.ts';
import { failures } from './failures.ts';
import { firstRun } from './first-run.ts';
import { frame } from './frame.ts';
import { history } from './history.ts';
import { kinds } from './kinds.ts';
import { policies } from './policies.ts';
import { preview } from './preview.ts';
import { quick } from './quick.ts';
import { receipt } from './receipt.ts';
import { settings } from './settings.ts';
import { states } from './states.ts';

export const de = {
  composer,
  conversation,
  failures,
  firstRun,
  frame,
  history,
  kinds,
  policies,
  preview,
  quick,
  receipt,
  settings,
  states,
};
