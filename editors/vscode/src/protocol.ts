// The methods of llada-edit's language server that the protocol does not have; docs/language-server.md describes them.

import { NotificationType, type Range, RequestType } from "vscode-languageclient/node";

/** What is to be written, and where; also the argument of the server's commands. */
export interface Order {
  uri: string;
  ranges: Range[];
  version?: number;
  op: string;
  n?: number;
  seed?: number;
  strength?: number | string;
  length?: string;
  preview?: boolean;
  job?: string;
}

export interface Token {
  text: string;
  probability: number;
}

/** One edit of a proposal. */
export interface Replacement {
  range: Range;
  newText: string;
  tokens: Token[];
}

/** All of its edits are applied, or none. */
export interface Proposal {
  edits: Replacement[];
  score: number;
}

/** Ranges belong to this version of the document. */
export interface Proposals {
  job: string;
  uri: string;
  version: number;
  proposals: Proposal[];
}

/** How a range of an order stands after a step of a job. */
export interface Glimpse {
  range: Range;
  text: string;
  masked: [number, number][];
}

export interface Denoised {
  job: string;
  uri: string;
  version: number;
  step: number;
  spans: Glimpse[];
}

export interface Words {
  range: Range;
  words: Token[];
}

export interface Operation {
  op: string;
  title: string;
  detail: string;
  strength: boolean;
}

export interface Status {
  kind: "loading" | "ready" | "busy" | "off" | "error";
  model: string;
  device: string;
  message: string;
}

interface Place {
  textDocument: { uri: string; version: number };
  position: { line: number; character: number };
  k: number;
}

export const PROPOSE = new RequestType<Order, Proposals, void>("llada/propose");
export const ALTERNATIVES = new RequestType<Place, Words, void>("llada/alternatives");
export const OPERATIONS = new RequestType<object, { operations: Operation[] }, void>("llada/operations");
export const CANCEL = new NotificationType<{ job: string }>("llada/cancel");
export const REJECT = new NotificationType<{ job: string; candidate: number }>("llada/didReject");
export const DENOISE = new NotificationType<Denoised>("llada/denoise");
export const STATUS = new NotificationType<Status>("llada/status");
