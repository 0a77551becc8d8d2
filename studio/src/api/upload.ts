import { authorization, refusal, unreached, type Asset } from './client';

/** Sends a file as an asset; `progress` hears the share that was sent, 0 … 1. */
export function upload(file: Blob, name: string, progress: (share: number) => void, signal: AbortSignal): Promise<Asset> {
    return new Promise((resolve, reject) => {
        // `fetch` does not tell how much of a body has left.
        const request = new XMLHttpRequest();
        request.open('POST', '/api/v1/assets');
        for (const [header, value] of Object.entries(authorization())) request.setRequestHeader(header, value);
        request.upload.addEventListener('progress', (event) => {
            if (event.lengthComputable) progress(event.loaded / event.total);
        });
        request.addEventListener('load', () => {
            if (request.status === 201) resolve(JSON.parse(request.responseText) as Asset);
            else reject(refusal(request.status, request.responseText));
        });
        request.addEventListener('error', () => reject(unreached()));
        request.addEventListener('abort', () => reject(new DOMException('The upload was stopped.', 'AbortError')));
        signal.addEventListener('abort', () => request.abort(), { once: true });
        const form = new FormData();
        form.append('file', file, name);
        request.send(form);
    });
}
