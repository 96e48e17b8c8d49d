import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

/** The shapes of the API, all of them from openapi.json. */
export type Schemas = components['schemas'];

/** Every call of the page. The header tells the server that the page itself, not a foreign form, sends the session's cookie. */
export const api = createClient<paths>({ baseUrl: '/', headers: { 'X-Cidra-Page': '1' } });

/** An answer that is no success, as RFC 9457 says it; or no answer at all (status 0). */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: Schemas['ProblemField'][] = [],
    readonly requestId: string | null = null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * The body of a call's answer.
 * @throws ApiProblem
 */
export async function answered<T>(call: Promise<Answer<T>>): Promise<Exclude<T, string>> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiProblem(0, 'unreachable', 'Cidra does not answer. Is it running, and is the network up?');
  }
  // Some addresses can also answer with a file; the page asks for JSON.
  if (answer.response.ok) return answer.data as Exclude<T, string>;
  throw problemOf(answer.error, answer.response);
}

/** A list's page as JSON: the same address can also answer with a file of rows. */
export function pageOf<T extends object>(answer: T): Extract<T, { data: unknown }> {
  if (!('data' in answer)) throw new Error('The list did not come as JSON.');
  return answer as Extract<T, { data: unknown }>;
}

function problemOf(body: unknown, response: Response): ApiProblem {
  const retryAfter = Number(response.headers.get('retry-after'));
  const wait = Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null;
  if (typeof body !== 'object' || body === null)
    return new ApiProblem(response.status, 'unknown', `The answer was ${response.status} ${response.statusText}.`, [], null, wait);
  const { code = 'unknown', detail = '', errors = [], requestId = null } = body as Partial<Schemas['ProblemDetails']>;
  return new ApiProblem(response.status, code, detail, errors, requestId, wait);
}

/** The messages of a refused form, by field: `{ url: '…' }` for the pointer `/url`. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiProblem)) return {};
  return Object.fromEntries(error.errors.map(({ pointer, message }) => [pointer.replace(/^\//, ''), message]));
}
