import { call, said, type Service } from '../api/client';
import { setBase } from './draft.svelte';

/** What the server says of itself, asked once. */
class About {
    value = $state.raw<Service>();
    problem = $state<string>();

    async load(): Promise<void> {
        try {
            this.problem = undefined;
            const found = await call('get', '/api/v1/service');
            setBase(found.base_url);
            this.value = found;
        } catch (error) {
            this.problem = said(error);
        }
    }
}

export const about = new About();
