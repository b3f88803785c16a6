/** What a plan will put on the wire, byte for byte, known before anything is sent. */
import type { Plan, PlanStep } from './plan.ts';
import { generatedStep, mostGeneratedRows } from './plan.ts';
import type { PlanMatrix } from './route.ts';
import { routeOf } from './route.ts';

/** Bytes of the request that carries `bucket` rows to a matrix, and of its response. */
export type WireSizes = (
  matrix: PlanMatrix,
  bucket: number,
) => { readonly request: number; readonly response: number };

export interface WireTotals {
  /** Requests; each has one response. */
  readonly messages: number;
  readonly sent: number;
  readonly received: number;
}

/** One request of a step. */
export interface PredictedRequest {
  readonly matrix: number;
  readonly bucket: number;
  readonly sent: number;
  readonly received: number;
}

export interface WirePrediction {
  /** For each of the plan's steps, in its order, the requests it makes. */
  readonly steps: readonly (readonly PredictedRequest[])[];
  readonly prompt: WireTotals;
  readonly perGeneratedToken: WireTotals;
  /** Prompt and an answer of the greatest length. */
  readonly atMost: WireTotals;
}

/** Requests of one size, and the bytes of them all. */
export interface BucketTotals {
  /** Rows in each, dummies included. */
  readonly rows: number;
  readonly requests: number;
  readonly sent: number;
  readonly received: number;
}

/** The prompt's requests by size, the smallest first. */
export function bucketsOf(prediction: WirePrediction): readonly BucketTotals[] {
  const buckets = new Map<number, BucketTotals>();
  for (const { bucket, sent, received } of prediction.steps.flat()) {
    const before = buckets.get(bucket) ?? { rows: bucket, requests: 0, sent: 0, received: 0 };
    buckets.set(bucket, {
      rows: bucket,
      requests: before.requests + 1,
      sent: before.sent + sent,
      received: before.received + received,
    });
  }
  return [...buckets.values()].sort((a, b) => a.rows - b.rows);
}

export function predictWire(plan: Plan, sizes: WireSizes): WirePrediction {
  const steps = plan.steps.map((step) => requestsOf(plan, step, sizes));
  const prompt = sum(steps.flat());
  const perGeneratedToken = sum(requestsOf(plan, generatedStep(plan, 0), sizes));
  const generated = mostGeneratedRows(plan);
  return {
    steps,
    prompt,
    perGeneratedToken,
    atMost: {
      messages: prompt.messages + generated * perGeneratedToken.messages,
      sent: prompt.sent + generated * perGeneratedToken.sent,
      received: prompt.received + generated * perGeneratedToken.received,
    },
  };
}

function requestsOf(plan: Plan, step: PlanStep, sizes: WireSizes): readonly PredictedRequest[] {
  return plan.model.matrices
    .filter((matrix) => routeOf(step, matrix) === 'encrypted')
    .map((matrix) => {
      const { request, response } = sizes(matrix, step.bucket);
      return { matrix: matrix.index, bucket: step.bucket, sent: request, received: response };
    });
}

function sum(requests: readonly PredictedRequest[]): WireTotals {
  return {
    messages: requests.length,
    sent: requests.reduce((total, request) => total + request.sent, 0),
    received: requests.reduce((total, request) => total + request.received, 0),
  };
}
