import type { Job } from '../api/client';

/** A size for people. */
export function bytes(count: number): string {
    if (count < 1000) return `${count} bytes`;
    const units = ['kB', 'MB', 'GB'];
    let value = count / 1000;
    let unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
        value /= 1000;
        unit += 1;
    }
    return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A time span for people. */
export function span(secs: number): string {
    if (secs < 60) return `${Math.max(0, Math.round(secs))} s`;
    const minutes = Math.floor(secs / 60);
    const rest = Math.round(secs - minutes * 60);
    return minutes < 60 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function moment(ms: number): string {
    return MOMENT.format(ms);
}

export const STATES: Record<Job['state'], string> = {
    queued: 'Waiting',
    running: 'Being made',
    completed: 'Done',
    failed: 'Failed',
    canceled: 'Canceled',
};

/** What each stage does, in the order of a reader. */
export const STAGES = [
    ['fetch', 'Bringing both files'],
    ['probe', 'Reading both files'],
    ['track', 'Following the person'],
    ['rig', 'Finding the character’s joints'],
    ['plate', 'Painting the scene behind'],
    ['render', 'Drawing the frames'],
    ['encode', 'Finishing the file'],
] as const;

/** The fraction that a frame rate is written as, in frames a second. */
export function rate(text: string): number {
    const [num = 0, den = 1] = text.split('/').map(Number);
    return num / den || 25;
}

const PERCENT = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });

export function percent(share: number): string {
    return PERCENT.format(share);
}
