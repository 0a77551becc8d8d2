const NAME = 'pantomime.key';

/** The key's secret: in this tab's memory and session, and in no cookie. */
class Key {
    #secret = $state(sessionStorage.getItem(NAME) ?? '');
    /** Whether the server refused the last call for want of a good key. */
    refused = $state(false);

    get secret(): string {
        return this.#secret;
    }

    set secret(value: string) {
        this.#secret = value.trim();
        this.refused = false;
        if (this.#secret) sessionStorage.setItem(NAME, this.#secret);
        else sessionStorage.removeItem(NAME);
    }
}

export const key = new Key();
