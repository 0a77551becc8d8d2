import { key } from '../state/key.svelte';
import type { components, paths } from './schema';

export type Job = components['schemas']['Job'];
export type Check = components['schemas']['Check'];
export type Service = components['schemas']['Service'];
export type Usage = components['schemas']['Usage'];
export type Asset = components['schemas']['Asset'];
export type Kept = components['schemas']['Kept'];
export type MotionSketch = components['schemas']['MotionSketch'];
export type Sighting = components['schemas']['Sighting'];
export type JobRequest = components['schemas']['JobRequest'];

type Method = 'get' | 'post' | 'put' | 'delete';
type PathsWith<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths];
type Good<R> = { [S in keyof R]: S extends 200 | 201 | 202 ? R[S] : never }[keyof R];
type Answer<P extends keyof paths, M extends Method> =
    paths[P] extends Record<M, { responses: infer R }>
        ? Good<R> extends { content: { 'application/json': infer T } }
            ? T
            : undefined
        : never;
type Body<P extends keyof paths, M extends Method> =
    paths[P] extends Record<M, { requestBody: { content: { 'application/json': infer T } } }> ? T : undefined;

/** Why a call was not served: `message` says what was found and what to do. */
export class CallError extends Error {
    readonly code: string;
    readonly status: number;

    constructor(code: string, message: string, status: number) {
        super(message);
        this.code = code;
        this.status = status;
    }
}

/** The server was not reached at all. */
export const UNREACHED = 'unreached';

export interface Call<P extends keyof paths, M extends Method> {
    params?: Record<string, string>;
    query?: Record<string, string | number | undefined>;
    body?: Body<P, M>;
    headers?: Record<string, string>;
    signal?: AbortSignal;
}

/** Calls a path of the OpenAPI document; answers its body, typed as the document has it. */
export async function call<M extends Method, P extends PathsWith<M>>(
    method: M,
    path: P,
    { params = {}, query = {}, body, headers = {}, signal }: Call<P, M> = {},
): Promise<Answer<P, M>> {
    const filled = String(path).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
    const asked = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(asked.map(([name, value]) => [name, String(value)])).toString();
    const response = await reach(search ? `${filled}?${search}` : filled, {
        method: method.toUpperCase(),
        headers: { ...authorization(), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal ?? null,
    });
    return (response.status === 204 ? undefined : await response.json()) as Answer<P, M>;
}

/** A request of this server that was served; anything else is a `CallError`. */
export async function reach(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
        response = await fetch(path, init);
    } catch (cause) {
        if (init.signal?.aborted) throw cause;
        throw unreached();
    }
    if (!response.ok) throw refusal(response.status, await response.text());
    return response;
}

export function authorization(): Record<string, string> {
    return key.secret ? { authorization: `Bearer ${key.secret}` } : {};
}

export function unreached(): CallError {
    return new CallError(UNREACHED, 'The server does not answer. Look whether it runs; this page goes on by itself once it does.', 0);
}

/** An answer that says no, in the words that the server gives. */
export function refusal(status: number, text: string): CallError {
    let code = `http_${status}`;
    let message = `The server answered ${status}.`;
    try {
        const { error } = JSON.parse(text) as { error: { code: string; message: string } };
        code = error.code;
        message = sentence(error.message);
    } catch {
        // Something between here and the server answered in words of its own.
    }
    if (status === 401) {
        key.refused = true;
        message = 'This server asks for a key, and takes none that was given. Enter one under Keys.';
    }
    return new CallError(code, message, status);
}

export function sentence(text: string): string {
    const whole = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** What to show of anything that was thrown. */
export function said(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
