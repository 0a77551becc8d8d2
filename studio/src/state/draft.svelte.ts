import { call, said, type Asset, type Kept } from '../api/client';
import { upload } from '../api/upload';
import { shelf } from './shelf';

export type SlotKind = 'image' | 'video';

/** A file that the service has. */
export interface Stored {
    name: string;
    url: string;
    bytes: number;
    contentType: string;
}

/** A kept character or motion, to be used. */
export function storedOf({ kind, name, url, bytes }: Kept): Stored {
    return { name, url: local(url), bytes, contentType: contentTypes[kind] };
}

const contentTypes = { character: 'application/x-pantomime-character', motion: 'application/x-pantomime-motion' };

/** One half of a pair: nothing yet, on its way, or with the service. */
export class Slot {
    readonly kind: SlotKind;
    kept = $state.raw<Stored>();
    /** The name of what is on its way. */
    coming = $state<string>();
    /** The share of it that was sent, 0 … 1; nothing is known of what the server fetches. */
    sent = $state<number>();
    problem = $state<string>();
    #again: (() => void) | undefined;
    #stop: AbortController | undefined;

    constructor(kind: SlotKind) {
        this.kind = kind;
        const text = sessionStorage.getItem(this.#name);
        if (text) this.kept = JSON.parse(text) as Stored;
        else void shelf.get(this.#name).then((shelved) => shelved && !this.coming && this.take(shelved.file, shelved.name));
    }

    get #name(): string {
        return `pantomime.draft.${this.kind}`;
    }

    get isEmpty(): boolean {
        return !this.kept && !this.coming && !this.problem;
    }

    /** Uploads a file; one that a reload breaks off is sent again. */
    take(file: Blob, name: string): void {
        void this.#bring(name, async (signal) => {
            await shelf.put(this.#name, { file, name });
            const asset = await upload(file, name, (share) => (this.sent = share), signal);
            return this.#fitting(asset, name);
        });
    }

    /** Has the server fetch a file. */
    fetch(address: string): void {
        const name = address.split(/[?#]/)[0]?.split('/').pop() || address;
        void this.#bring(name, async (signal) => {
            const body = this.kind === 'image' ? { image_url: address } : { video_url: address };
            return this.#fitting(await call('post', '/api/v1/assets', { body, signal }), name);
        });
    }

    /** Takes what the service has already. */
    use(kept: Stored): void {
        this.clear();
        this.#keep(kept);
    }

    again(): void {
        this.#again?.();
    }

    clear(): void {
        this.#stop?.abort();
        this.#stop = this.#again = this.kept = this.coming = this.sent = this.problem = undefined;
        sessionStorage.removeItem(this.#name);
        void shelf.clear(this.#name);
    }

    async #bring(name: string, bring: (signal: AbortSignal) => Promise<Stored>): Promise<void> {
        this.clear();
        const stop = (this.#stop = new AbortController());
        this.coming = name;
        try {
            const kept = await bring(stop.signal);
            if (stop.signal.aborted) return;
            this.clear();
            this.#keep(kept);
        } catch (error) {
            if (stop.signal.aborted) return;
            this.coming = this.sent = undefined;
            this.problem = said(error);
            this.#again = () => void this.#bring(name, bring);
        }
    }

    #keep(kept: Stored): void {
        this.kept = kept;
        sessionStorage.setItem(this.#name, JSON.stringify(kept));
    }

    #fitting(asset: Asset, name: string): Stored {
        const isMotion = asset.content_type.startsWith('video/') || /motion|json|plain/.test(asset.content_type);
        if (isMotion !== (this.kind === 'video')) {
            throw new Error(
                isMotion
                    ? `${name} is a motion. Put it on the other side, and an image of the character here.`
                    : `${name} is an image. Put it on the other side, and a video of a person here.`,
            );
        }
        return { name, url: local(asset.url), bytes: asset.bytes, contentType: asset.content_type };
    }
}

/** The path of one of this server's own files: the page reaches it where the page itself came from. */
export function local(url: string): string {
    const { pathname, search } = new URL(url, location.href);
    return pathname + search;
}

/** Whether a URL is one of this server's own files, which alone the page may show. */
export function isOwn(url: string): boolean {
    return /^\/(assets|output)\//.test(new URL(url, location.href).pathname) && (url.startsWith('/') || url.startsWith(base()));
}

let ownBase = '';

/** The address by which the server knows itself. */
export function base(): string {
    return ownBase || location.origin;
}

export function setBase(url: string): void {
    ownBase = url;
}

interface Options {
    orientation: 'video' | 'image';
    sound: boolean;
    prompt: string;
    seed: number;
    /** Degrees, or null: as the video was. */
    shutter: number | null;
    size: '720p' | 'source';
}

const OPTIONS = 'pantomime.draft.options';

function storedOptions(): Options {
    const fresh: Options = { orientation: 'video', sound: true, prompt: '', seed: 0, shutter: null, size: '720p' };
    const text = sessionStorage.getItem(OPTIONS);
    return text ? { ...fresh, ...(JSON.parse(text) as Partial<Options>) } : fresh;
}

/** The pair that is being put together. */
class Draft {
    readonly image = new Slot('image');
    readonly video = new Slot('video');
    options = $state<Options>(storedOptions());

    constructor() {
        $effect.root(() => {
            $effect(() => sessionStorage.setItem(OPTIONS, JSON.stringify(this.options)));
        });
    }

    /** Puts each file where its kind belongs. */
    take(files: Iterable<File>): void {
        for (const file of files) {
            const slot = file.type.startsWith('video/') || /\.(motion|bvh)$/i.test(file.name) ? this.video : this.image;
            slot.take(file, file.name);
        }
    }

    get request() {
        const { image, video, options } = this;
        if (!image.kept || !video.kept) return undefined;
        return {
            image_url: base() + image.kept.url,
            video_url: base() + video.kept.url,
            character_orientation: options.orientation,
            keep_original_sound: options.sound,
            prompt: options.prompt,
            seed: options.seed,
            ...(options.shutter === null ? {} : { shutter: options.shutter }),
            size: options.size,
        };
    }
}

export const draft = new Draft();
