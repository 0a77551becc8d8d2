import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

/** A compressed copy beside each file of text, for the server to send as it stands; of what was written, which no plugin changes any more. */
function compressed(): Plugin {
    return {
        name: 'compressed',
        writeBundle({ dir = '.' }, bundle) {
            for (const fileName of Object.keys(bundle)) {
                if (!/\.(js|css|svg)$/.test(fileName)) continue;
                const file = join(dir, fileName);
                writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
            }
        },
    };
}

export default defineConfig({
    plugins: [svelte(), compressed()],
    build: {
        outDir: 'dist/page',
        emptyOutDir: true,
        // Everything but the page itself lies under the path that the server keeps for it.
        assetsDir: 'studio',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        target: 'es2022',
    },
    server: { proxy: { '^/(api|assets|output|previews|openapi.json|v1|v2)': 'http://127.0.0.1:8080' } },
});
