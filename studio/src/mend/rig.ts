import { pack, unpack } from './archive';
import type { Landmarks } from './landmarks';

/** A character's file, taken apart to be mended. */
export interface Rig {
    width: number;
    height: number;
    landmarks: Landmarks;
    /** The image as it came. */
    image: Uint8Array<ArrayBuffer>;
    /** The matte: as bright as the pixel is the character. */
    matte: HTMLCanvasElement;
    format: string;
}

const BROKEN = 'The character’s file lacks a part. Make it anew from its image.';

export async function readRig(file: ArrayBuffer): Promise<Rig> {
    const entries = await unpack(file);
    const [image, matte, json] = ['image.png', 'matte.png', 'character.json'].map((name) => entries.get(name));
    if (!image || !matte || !json) throw new Error(BROKEN);
    const told = JSON.parse(new TextDecoder().decode(json)) as { format: string; size: [number, number]; landmarks: Landmarks };
    const [width, height] = told.size;
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const picture = await createImageBitmap(new Blob([matte], { type: 'image/png' }), { colorSpaceConversion: 'none' });
    canvas.getContext('2d', { willReadFrequently: true })?.drawImage(picture, 0, 0);
    return { width, height, landmarks: told.landmarks, image, matte: canvas, format: told.format };
}

export async function writeRig(rig: Rig): Promise<Blob> {
    const matte = await new Promise<Blob>((resolve, reject) =>
        rig.matte.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('This browser cannot write the matte. Reload the page and try again.'))), 'image/png'),
    );
    const { format, width, height, landmarks } = rig;
    const json = new TextEncoder().encode(JSON.stringify({ format, size: [width, height], landmarks }));
    // What tells of its kind comes first.
    return pack([
        ['character.json', json],
        ['image.png', rig.image],
        ['matte.png', new Uint8Array(await matte.arrayBuffer())],
    ]);
}
