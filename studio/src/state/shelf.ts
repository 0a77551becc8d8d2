/** Files that are on their way, kept by the browser so that a reload can send them again. */

const DATABASE = 'pantomime';
const STORE = 'uploads';

export interface Shelved {
    file: Blob;
    name: string;
}

function open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open(DATABASE, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('no database'));
    });
}

async function change<T>(mode: IDBTransactionMode, action: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
    try {
        const database = await open();
        return await new Promise<T>((resolve, reject) => {
            const request = action(database.transaction(STORE, mode).objectStore(STORE));
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error ?? new Error('no answer'));
            request.transaction?.addEventListener('complete', () => database.close());
        });
    } catch {
        // A browser that keeps nothing (a private window) only loses what a reload breaks off.
        return undefined;
    }
}

export const shelf = {
    put: (name: string, shelved: Shelved) => change('readwrite', (store) => store.put(shelved, name)),
    get: (name: string) => change<Shelved | undefined>('readonly', (store) => store.get(name)),
    clear: (name: string) => change('readwrite', (store) => store.delete(name)),
};
