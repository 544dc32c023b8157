/** What people are told, in the words of every plug-in. */

import { CANCELLED, RpcError } from "./rpc";
import type { Span } from "./text";

export const STALE = "The text has changed meanwhile, so nothing was put in.";
export const STOPPED = "Stopped; the text is as it was.";
export const NO_HOLE = "There is no hole in the text: write [?] where something is missing.";
export const NOTHING = "Nothing else was found that fits here.";

/** Why a request came to nothing. */
export function reason(error: unknown): string {
  if (!(error instanceof RpcError)) throw error;
  const known: Record<number, string> = { [-32801]: STALE, [-32802]: "Something newer was asked for.", [CANCELLED]: STOPPED };
  return known[error.code] ?? error.message;
}

export function percent(probability: number): string {
  return probability < 0.01 ? "< 1 %" : `${Math.round(100 * probability)} %`;
}

/** The hole that a selection touches, else the next one, else the first. */
export function nearest(holes: readonly Span[], { from, to }: Span): Span | undefined {
  return holes.find((hole) => hole.from <= to && from <= hole.to) ?? holes.find((hole) => hole.from > to) ?? holes[0];
}
