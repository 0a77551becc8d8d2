// `node studio.mjs TEST`: drives the page in a browser against a real server with the real engine. Its last line is `good`.

import { Browsing, check, equal, fail, PATIENCE_MS, Serving, SIZES } from './desk.mjs';

const { PANTOMIME_IMAGE: IMAGE, PANTOMIME_VIDEO: VIDEO, PANTOMIME_BVH: BVH } = process.env;

const PAGES = ['', 'jobs', 'characters', 'motions', 'keys', 'requests', 'reference'];

const tests = {
    /** Files are dropped, looked at, made, watched, and played in step. */
    async dropped() {
        const serving = await Serving.start();
        const at = await Browsing.start(serving.base);
        const { page } = at;
        await at.open();
        await at.picture('make-empty');
        await at.drop(page.getByRole('group', { name: 'Character: drop' }), IMAGE, 'image/png');
        await at.drop(page.getByRole('group', { name: 'Motion: drop' }), VIDEO, 'video/mp4');
        await page.getByRole('heading', { name: 'This will work' }).waitFor();
        check((await page.locator('.well svg .bone').count()) >= 6, 'bones are drawn over both');
        check((await page.locator('.well svg .outline').count()) === 1, 'the outline is drawn over the character');
        await at.picture('make-looked-at');
        await at.accessible('the page with a pair');

        await page.reload();
        await page.getByRole('img', { name: /The character/ }).waitFor();
        check(await page.getByLabel(/The driving video/).isVisible(), 'the pair survives a reload');

        await page.getByRole('button', { name: 'Make the video' }).click();
        await page.waitForURL(/#\/jobs\/.+/);
        const drawn = page.getByRole('img', { name: 'The frame drawn last' });
        await drawn.waitFor();
        await at.picture('watch-rendering');
        await at.accessible('a running job');
        const first = await drawn.getAttribute('src').catch(() => null);
        // Until another frame has come, or the video; that takes the place of the frames, and is no frame.
        await page.waitForFunction((src) => document.querySelector('img[alt="The frame drawn last"]')?.src !== src, first);
        equal((await at.shifted()).filter(({ value }) => value > 0.02), [], 'nothing moves about while frames come');
        await page.getByRole('region', { name: 'The result beside its driver' }).waitFor();

        await stepwise(at);
        await page.getByRole('region', { name: 'How good it is' }).waitFor();
        await at.picture('watch-done');
        await at.accessible('a result');
        const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /Download/ }).click()]);
        check(/\.mp4$/.test(download.suggestedFilename()), 'the video is downloaded');

        await page.getByRole('button', { name: 'Delete' }).click();
        await page.getByRole('button', { name: 'Delete for good' }).click();
        await page.getByRole('heading', { name: 'Nothing made yet' }).waitFor();
        await at.picture('gallery-empty');
        await at.close();
        await serving.kill();
    },

    /** The bundled pair: canceled, tried again, the page reloaded in the middle. */
    async bundled() {
        const serving = await Serving.start();
        const at = await Browsing.start(serving.base);
        const { page } = at;
        await at.open();
        await page.getByRole('button', { name: 'Try the bundled pair' }).click();
        await page.getByRole('button', { name: 'Make the video' }).click();
        await page.waitForURL(/#\/jobs\/.+/);
        await page.getByText('Following the person').first().waitFor();
        await page.getByRole('button', { name: 'Cancel' }).click();
        await page.getByRole('heading', { name: 'Canceled' }).waitFor();
        await at.picture('watch-canceled');
        const canceled = page.url();
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.waitForURL((url) => url.href !== canceled);
        await page.getByRole('heading', { name: 'Being made' }).waitFor();
        await page.reload();
        await page.getByRole('region', { name: 'The result beside its driver' }).waitFor();
        await at.open('jobs');
        await page.getByRole('link', { name: /Done/ }).waitFor();
        equal(await page.getByRole('link', { name: /Done|Canceled/ }).count(), 2, 'the gallery has both');
        check(await page.locator('.picture img').first().evaluate(async (image) => (await image.decode(), image.naturalWidth > 100)), 'a result has its picture');
        await at.picture('gallery');
        await at.accessible('the gallery');
        await at.close();
        await serving.kill();
    },

    /** The server is killed in the middle and started again. */
    async lost() {
        let serving = await Serving.start();
        const { address } = serving;
        const at = await Browsing.start(serving.base);
        const { page } = at;
        await at.open();
        await at.drop(page.getByRole('group', { name: 'Character: drop' }), IMAGE, 'image/png');
        await at.drop(page.getByRole('group', { name: 'Motion: drop' }), VIDEO, 'video/mp4');
        await page.getByRole('button', { name: 'Make the video' }).click();
        await page.getByRole('heading', { name: 'Being made' }).waitFor();
        await serving.kill();
        await page.getByText('The server does not answer at the moment').waitFor();
        await at.picture('watch-lost');
        serving = await Serving.start(address);
        await page.getByText('The server does not answer at the moment').waitFor({ state: 'detached' });
        await page.getByRole('region', { name: 'The result beside its driver' }).waitFor();
        await at.close();
        await serving.kill();
    },

    /** A character's joints and matte are mended, a motion is brought as BVH, and the one does the other. */
    async mended() {
        const serving = await Serving.start();
        const at = await Browsing.start(serving.base);
        const { page } = at;
        await at.open('characters');
        await at.picture('characters-empty');
        await page.locator('input[type=file]').setInputFiles(IMAGE);
        await page.getByRole('heading', { name: 'Mend a character' }).waitFor();
        const motion = page.getByLabel('The character in a test motion');
        await motion.waitFor();
        const first = await motion.getAttribute('src');
        await at.picture('mend');
        await at.accessible('the rig editor');

        const wrist = page.getByRole('button', { name: /^left wrist/ });
        const place = () => wrist.getAttribute('transform');
        const found = await place();
        const box = await wrist.boundingBox();
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width / 2 + 20, box.y + box.height / 2 - 30, { steps: 4 });
        await page.mouse.up();
        const dragged = await place();
        check(dragged !== found, 'a joint is dragged');
        await page.waitForFunction((src) => document.querySelector('.motion video')?.src !== src, first);
        check(true, 'the test motion follows');
        await wrist.focus();
        await page.keyboard.press('Shift+ArrowRight');
        check((await place()) !== dragged, 'a joint is moved by the keyboard');
        await page.getByRole('button', { name: 'Undo' }).click();
        equal(await place(), dragged, 'a step is taken back');
        const left = await page.getByRole('button', { name: /^left shoulder/ }).getAttribute('transform');
        await page.getByRole('button', { name: 'Flip left and right' }).click();
        equal(await page.getByRole('button', { name: /^right shoulder/ }).getAttribute('transform'), left, 'left is taken for right');
        await page.getByRole('button', { name: 'Undo' }).click();
        await page.getByRole('button', { name: 'Take away' }).click();
        const picture = await page.locator('.well svg').boundingBox();
        await page.mouse.move(picture.x + 8, picture.y + picture.height - 12);
        await page.mouse.down();
        await page.mouse.move(picture.x + picture.width - 8, picture.y + picture.height - 12, { steps: 5 });
        await page.mouse.up();
        await at.picture('mend-painted');
        await page.getByLabel('Name').fill('Mended');
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await page.getByRole('img', { name: 'Mended' }).waitFor();
        await at.picture('characters');
        await at.accessible('the characters');

        await page.getByRole('link', { name: 'Motions' }).click();
        await page.getByRole('heading', { name: 'No motion is kept yet' }).waitFor();
        await page.locator('input[type=file]').setInputFiles(BVH);
        await page.getByRole('img', { name: 'wave, as a stick figure' }).waitFor();
        await at.picture('motions');
        await at.accessible('the motions');
        await page.getByRole('button', { name: 'Use wave' }).click();
        await at.open('characters');
        await page.getByRole('button', { name: 'Use Mended' }).click();
        await page.getByRole('heading', { name: 'This will work' }).waitFor();
        await at.picture('make-kept');
        await page.getByRole('button', { name: 'Make the video' }).click();
        await page.getByRole('region', { name: 'The result beside its driver' }).waitFor();
        await at.picture('watch-kept');
        await at.close();
        await serving.kill();
    },

    /** Every page: by axe, in light and dark, at both widths, by the keyboard, and how soon the first one is there. */
    async pages() {
        const serving = await Serving.start();
        for (const colorScheme of ['light', 'dark']) {
            const at = await Browsing.start(serving.base, { colorScheme });
            for (const place of PAGES) {
                await at.open(place);
                await at.page.waitForLoadState('networkidle');
                for (const viewport of Object.values(SIZES)) {
                    await at.page.setViewportSize(viewport);
                    await at.accessible(`${place || 'make'}, ${colorScheme}, ${viewport.width} px`);
                    const over = await at.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                    check(over <= 0, `${place || 'make'} is no wider than ${viewport.width} px`);
                }
                await at.picture(`${place || 'make'}-${colorScheme}`);
            }
            await at.close();
        }

        const at = await Browsing.start(serving.base);
        const script = [];
        at.page.on('response', (response) => script.push(response.request().sizes().then(({ responseBodySize }) => [response.url(), responseBodySize])));
        await at.open();
        const began = await at.page.evaluate(() => performance.timing.domInteractive - performance.timing.navigationStart);
        const sent = (await Promise.all(script)).filter(([url]) => url.endsWith('.js')).reduce((sum, [, bytes]) => sum + bytes, 0);
        console.error(`  first load: ${sent} bytes of script, interactive after ${began} ms`);
        check(sent > 0 && sent <= 150_000, 'at most 150 kB of compressed script at first');

        // By the keyboard alone: from the top to a page, and on it.
        await at.page.keyboard.press('Tab');
        check(await at.page.getByText('Skip to the content').evaluate((link) => link === document.activeElement), 'the first stop skips the menu');
        await at.page.getByRole('link', { name: 'Keys' }).focus();
        await at.page.keyboard.press('Enter');
        await at.page.getByRole('heading', { name: 'Keys, usage and limits' }).waitFor();
        check(await at.page.evaluate(() => document.activeElement?.id === 'main'), 'a new page has the focus');
        await at.close();
        await serving.kill();
    },

    /** A gallery of 10,000 jobs, which the test's folder holds already. */
    async many() {
        const serving = await Serving.start();
        const at = await Browsing.start(serving.base);
        const { page } = at;
        const began = Date.now();
        await at.open('jobs');
        await page.locator('li a').nth(50).waitFor();
        const first = Date.now() - began;
        for (let screens = 0; screens < 40; screens += 1) {
            const before = await page.locator('li a').count();
            await page.mouse.wheel(0, 20_000);
            await page.waitForFunction((count) => document.querySelectorAll('li a').length > count, before);
        }
        const cards = await page.locator('li a').count();
        const frame = await page.evaluate(async () => {
            const times = [];
            for (let i = 0; i < 30; i += 1) {
                scrollBy(0, -400);
                const from = performance.now();
                await new Promise(requestAnimationFrame);
                times.push(performance.now() - from);
            }
            return times.sort((a, b) => a - b)[15];
        });
        console.error(`  10,000 jobs: first page after ${first} ms; at ${cards} cards, a frame of scrolling takes ${frame.toFixed(1)} ms`);
        // The time is the machine's; what keeps it short is that a card out of sight is not laid out.
        const drawn = await page.evaluate(
            () => [...document.querySelectorAll('li a')].filter((card) => card.checkVisibility({ contentVisibilityAuto: true })).length,
        );
        check(cards > 2000 && drawn > 0 && drawn < 100, `of ${cards} cards ${drawn} are laid out`);
        await page.getByRole('button', { name: 'Failed' }).click();
        await page.getByRole('link', { name: /Failed/ }).first().waitFor();
        await at.close();
        await serving.kill();
    },
};

/** Both videos show the same frame, wherever the handle goes. */
async function stepwise({ page }) {
    const player = page.getByRole('region', { name: 'The result beside its driver' });
    const times = () => player.locator('video').evaluateAll((videos) => videos.map((video) => video.currentTime));
    const ready = () => page.waitForFunction(() => [...document.querySelectorAll('section video')].every((video) => video.readyState >= 2 && !video.seeking));
    await ready();
    const slider = player.getByRole('slider', { name: 'Frame' });
    await slider.fill('10');
    await ready();
    const [person, character] = await times();
    check(Math.abs(person - character) < 1e-3 && character > 0, 'the handle moves both');
    await player.getByRole('button', { name: 'One frame on' }).click();
    await ready();
    const [, next] = await times();
    check(next > character && next - character < 0.1, 'one frame on is one frame');
    await player.getByRole('button', { name: 'Play' }).click();
    await page.waitForFunction((from) => document.querySelectorAll('section video')[1].currentTime > from + 0.4, next);
    const [a, b] = await times();
    check(Math.abs(a - b) < 0.2, `they play in step, ${Math.abs(a - b).toFixed(3)} s apart`);
    await player.getByRole('button', { name: 'Pause' }).click();
}

const test = tests[process.argv[2]];
if (!test) throw new Error(`there is no test ${process.argv[2]}: ${Object.keys(tests).join(', ')}`);
setTimeout(() => fail('the test takes too long'), 2 * PATIENCE_MS);
await test().catch((error) => fail(error));
console.log('good');
process.exit(0);
