/** Where the page is: the words after `#/`, and the values after `?`. */
export interface Route {
    words: string[];
    query: URLSearchParams;
}

function read(): Route {
    const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
    return { words: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

let current = $state.raw(read());

addEventListener('hashchange', () => {
    current = read();
    scrollTo(0, 0);
});

export const route = {
    get words() {
        return current.words;
    },
    get query() {
        return current.query;
    },
};

export function go(path: string): void {
    location.hash = `#/${path}`;
}
