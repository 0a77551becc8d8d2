import { authorization, call, CallError, reach, UNREACHED, type Job } from './client';

/** Between polls while events do not come. */
const POLL_MS = 2000;

/** Between tries while the server is away. */
const AWAY_MS = 1500;

/** A stream that says nothing for this long has been cut somewhere on its way. */
const SILENT_MS = 25_000;

export interface Watcher {
    job(job: Job): void;
    /** Whether the server can be reached. */
    reached(yes: boolean): void;
    /** Nothing more comes: the server refused. */
    refused(error: CallError): void;
}

/** Follows a job until it has ended: by server-sent events, by polls where those do not come, and on again when a lost server is back. */
export async function watch(id: string, watcher: Watcher, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
        try {
            const ended = (await listen(id, watcher, signal)) || (await poll(id, watcher, signal));
            if (ended) return;
            await pause(POLL_MS, signal);
        } catch (error) {
            if (signal.aborted) return;
            if (error instanceof CallError && error.code !== UNREACHED && error.status < 500 && error.status !== 429) {
                watcher.refused(error);
                return;
            }
            watcher.reached(false);
            await pause(AWAY_MS, signal);
        }
    }
}

/** Whether the job has ended, by one look. */
async function poll(id: string, watcher: Watcher, signal: AbortSignal): Promise<boolean> {
    const job = await call('get', '/api/v1/jobs/{id}', { params: { id }, signal });
    watcher.reached(true);
    watcher.job(job);
    return isEnded(job);
}

/** Reads the stream of events; whether the job has ended when it does. */
async function listen(id: string, watcher: Watcher, signal: AbortSignal): Promise<boolean> {
    const cut = new AbortController();
    const stop = () => cut.abort();
    signal.addEventListener('abort', stop);
    let silence = setTimeout(stop, SILENT_MS);
    try {
        const response = await reach(`/api/v1/jobs/${encodeURIComponent(id)}/events`, {
            headers: { ...authorization(), accept: 'text/event-stream' },
            signal: cut.signal,
        });
        watcher.reached(true);
        for await (const data of messages(response)) {
            clearTimeout(silence);
            silence = setTimeout(stop, SILENT_MS);
            if (data === '') continue;
            const job = JSON.parse(data) as Job;
            watcher.job(job);
            if (isEnded(job)) return true;
        }
    } catch (error) {
        // A stream that breaks off is looked after by a poll, which tells whether the server is there.
        if (signal.aborted || (error instanceof CallError && error.code !== UNREACHED)) throw error;
    } finally {
        clearTimeout(silence);
        signal.removeEventListener('abort', stop);
        cut.abort();
    }
    return false;
}

/** The data of each event; an empty text for each sign of life. */
async function* messages(response: Response): AsyncGenerator<string> {
    if (!response.body) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const blocks = (rest + value).split(/\r?\n\r?\n/);
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
            const lines = block.split(/\r?\n/).filter((line) => line.startsWith('data:'));
            yield lines.map((line) => line.slice(5).trimStart()).join('\n');
        }
    }
}

export function isEnded(job: Job): boolean {
    return job.state === 'completed' || job.state === 'failed' || job.state === 'canceled';
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
}
