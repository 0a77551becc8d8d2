/** ZIP archives, as far as a character's file goes: whole entries, stored or deflated (APPNOTE 4.3). */

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/** The entries of an archive by their names. */
export async function unpack(archive: ArrayBuffer): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
    const view = new DataView(archive);
    let end = view.byteLength - 22;
    while (end >= 0 && view.getUint32(end, true) !== END) end -= 1;
    if (end < 0) throw new Error('The character’s file is broken: it is no archive. Make it anew from its image.');
    const entries = new Map<string, Uint8Array<ArrayBuffer>>();
    let at = view.getUint32(end + 16, true);
    for (let count = view.getUint16(end + 10, true); count > 0 && view.getUint32(at, true) === CENTRAL; count -= 1) {
        const [method, packed] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true)];
        const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [number, number, number];
        const local = view.getUint32(at + 42, true);
        const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
        const bytes = new Uint8Array(archive, start, packed);
        entries.set(new TextDecoder().decode(new Uint8Array(archive, at + 46, name)), method === DEFLATED ? await inflated(bytes) : bytes);
        at += 46 + name + extra + comment;
    }
    return entries;
}

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** An archive of entries that are stored as they are, in order. */
export function pack(entries: [string, Uint8Array<ArrayBuffer>][]): Blob {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const directory: Uint8Array<ArrayBuffer>[] = [];
    let offset = 0;
    for (const [name, bytes] of entries) {
        const encoded = new TextEncoder().encode(name);
        const shared = new DataView(new ArrayBuffer(26));
        shared.setUint16(0, 20, true);
        shared.setUint16(4, STORED, true);
        shared.setUint16(8, 0x21, true);
        shared.setUint32(10, checksum(bytes), true);
        shared.setUint32(14, bytes.length, true);
        shared.setUint32(18, bytes.length, true);
        shared.setUint16(22, encoded.length, true);
        const local = new Uint8Array([...word(LOCAL), ...new Uint8Array(shared.buffer), ...encoded]);
        directory.push(
            new Uint8Array([...word(CENTRAL), 20, 0, ...new Uint8Array(shared.buffer), ...new Uint8Array(10), ...word(offset), ...encoded]),
        );
        parts.push(local, bytes);
        offset += local.length + bytes.length;
    }
    const size = directory.reduce((sum, entry) => sum + entry.length, 0);
    const count = [entries.length & 255, entries.length >> 8];
    const end = new Uint8Array([...word(END), 0, 0, 0, 0, ...count, ...count, ...word(size), ...word(offset), 0, 0]);
    return new Blob([...parts, ...directory, end]);
}

function word(value: number): number[] {
    return [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
});

/** CRC-32 as ZIP has it. */
function checksum(bytes: Uint8Array): number {
    let value = 0xffffffff;
    for (const byte of bytes) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 255] ?? 0);
    return (value ^ 0xffffffff) >>> 0;
}
