// A desk for tests of the page: the program's server, a browser at it, and what every test asks of both.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const { PANTOMIME_PROGRAM, PANTOMIME_FOLDER, PANTOMIME_ARTIFACTS, PANTOMIME_CHROMIUM = '/usr/bin/chromium' } = process.env;

/** Long enough for a busy machine; nothing waits for it to pass. */
export const PATIENCE_MS = 240_000;

export const SIZES = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** `pantomime serve` over the test's folder. */
export class Serving {
    #child;

    static async start(listen = '127.0.0.1:0') {
        const serving = new Serving();
        const data = join(PANTOMIME_FOLDER, 'data');
        const child = spawn(PANTOMIME_PROGRAM, ['serve', '--listen', listen, '--data', data], {
            stdio: ['ignore', 'ignore', 'pipe'],
            env: { ...process.env, RUST_LOG: 'info' },
        });
        serving.#child = child;
        const lines = createInterface({ input: child.stderr });
        serving.base = await new Promise((resolve, reject) => {
            const said = [];
            lines.on('line', (line) => {
                said.push(line);
                const found = line.match(/listening on (http:\S+)/);
                if (found) resolve(found[1]);
            });
            child.once('exit', () => reject(new Error(`it does not listen:\n${said.join('\n')}`)));
        });
        lines.on('line', (line) => process.env.PANTOMIME_LOUD && console.error(`serve: ${line}`));
        return serving;
    }

    get address() {
        return new URL(this.base).host;
    }

    async kill() {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
        this.#child.kill('SIGKILL');
        await once(this.#child, 'exit');
    }
}

export class Browsing {
    /** Requests that left for another host. */
    strangers = [];

    static async start(base, options = {}) {
        const browsing = new Browsing();
        browsing.base = base;
        browsing.browser = await chromium.launch({
            executablePath: PANTOMIME_CHROMIUM,
            args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
        });
        browsing.context = await browsing.browser.newContext({ viewport: SIZES.desktop, ...options });
        await browsing.context.addInitScript(() => {
            window.shifts = [];
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) {
                    if (!entry.hadRecentInput) window.shifts.push({ value: entry.value, nodes: entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 90)) });
                }
            }).observe({ type: 'layout-shift', buffered: true });
        });
        const page = (browsing.page = await browsing.context.newPage());
        page.setDefaultTimeout(PATIENCE_MS);
        page.on('request', (request) => {
            const url = new URL(request.url());
            if (url.protocol.startsWith('http') && url.host !== new URL(base).host) browsing.strangers.push(request.url());
        });
        // At once: what a test waits for after such an error may never come.
        page.on('pageerror', (error) => fail(`an error in the page: ${error.stack ?? error}`));
        page.on('console', (message) => {
            if (message.type() === 'error' && /Content.Security|Refused to/i.test(message.text())) fail(message.text());
        });
        return browsing;
    }

    async open(place = '') {
        await this.page.goto(`${this.base}/#/${place}`);
        await this.page.getByRole('heading', { level: 1 }).waitFor();
    }

    /** Drops a file on a place of the page, as a person's hand does. */
    async drop(locator, path, type) {
        const transfer = await this.page.evaluateHandle(
            ({ base64, name, type }) => {
                const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
                const transfer = new DataTransfer();
                transfer.items.add(new File([bytes], name, { type }));
                return transfer;
            },
            { base64: readFileSync(path).toString('base64'), name: basename(path), type },
        );
        await locator.dispatchEvent('dragover', { dataTransfer: transfer });
        await locator.dispatchEvent('drop', { dataTransfer: transfer });
    }

    /** Keeps what is seen, at both widths. */
    async picture(name) {
        mkdirSync(PANTOMIME_ARTIFACTS, { recursive: true });
        for (const [size, viewport] of Object.entries(SIZES)) {
            await this.page.setViewportSize(viewport);
            await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
            await this.page.screenshot({ path: join(PANTOMIME_ARTIFACTS, `${name}-${size}.png`), fullPage: true });
        }
        await this.page.setViewportSize(SIZES.desktop);
    }

    /** No violation that is serious or worse, by axe's rules. */
    async accessible(what) {
        await this.page.evaluate(AXE);
        const { violations } = await this.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        const told = serious.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`);
        equal(told, [], `${what} is accessible`);
    }

    /** The sum of the layout's shifts so far that no input caused. */
    async shifted() {
        return this.page.evaluate(() => window.shifts);
    }

    async close() {
        await this.browser.close();
        equal(this.strangers, [], 'no request leaves for another host');
    }
}

/** Ends the test. */
export function fail(why) {
    console.error(why);
    process.exit(1);
}

export function check(good, what) {
    if (!good) throw new Error(what);
    console.error(`  ${what}`);
}

export function equal(found, expected, what) {
    const [a, b] = [found, expected].map((value) => JSON.stringify(value));
    check(a === b, a === b ? what : `${what}: found ${a}, expected ${b}`);
}
