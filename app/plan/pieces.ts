import type { Plan } from './plan.ts';
import type { PlanRow } from './row.ts';
import { routeOf } from './route.ts';

/**
 * How a piece of the prompt goes.
 * - `sensitive`: marked; it leaves encrypted.
 * - `follows`: it leaves encrypted for another reason: the policy, or a pack without weights on this machine.
 * - `local`: it is computed here.
 */
export type PieceRoute = 'sensitive' | 'follows' | 'local';

/** A stretch of the prompt whose tokens go the same way; UTF-16 offsets. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly route: PieceRoute;
}

/**
 * The prompt cut where its route changes, in order and without gaps. The cuts are those of the tokens, which mostly
 * begin with the space before a word. Where tokens share a character, it goes the more protected way.
 * @param length of the prompt; tokens beyond it are those of earlier turns.
 */
export function piecesOf(plan: Plan, length: number): readonly Piece[] {
  const pieces: Piece[] = [];
  const ways = plan.rows
    .filter((row) => row.text !== null && row.text.start < length)
    .map((row) => ({ ...row.text, route: pieceRoute(plan, row) }) as Piece);
  for (const piece of ways) {
    const last = pieces.at(-1);
    if (!last || piece.start >= last.end) {
      append(pieces, piece);
      continue;
    }
    // Two tokens hold parts of one character: the last piece gives it up, or takes it.
    const shared = { start: piece.start, end: last.end, route: stronger(last.route, piece.route) };
    pieces.pop();
    if (last.start < shared.start) append(pieces, { ...last, end: shared.start });
    append(pieces, shared);
    if (piece.end > shared.end) append(pieces, { ...piece, start: shared.end });
  }
  return pieces;
}

function pieceRoute(plan: Plan, row: PlanRow): PieceRoute {
  if (row.reason === 'sensitive') return 'sensitive';
  return plan.model.matrices.some((matrix) => routeOf(row, matrix) === 'encrypted') ? 'follows' : 'local';
}

function append(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (last?.route === piece.route && last.end === piece.start)
    pieces[pieces.length - 1] = { ...last, end: piece.end };
  else pieces.push(piece);
}

function stronger(a: PieceRoute, b: PieceRoute): PieceRoute {
  const rank: Record<PieceRoute, number> = { sensitive: 2, follows: 1, local: 0 };
  return rank[a] >= rank[b] ? a : b;
}
