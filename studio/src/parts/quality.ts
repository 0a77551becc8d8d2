import { percent } from './words';

/** What the engine measured of a result, where it measures. */
export interface Quality {
    pose_error_deg?: number | null;
    within_15_deg_share?: number | null;
    held_share?: number;
    guessed_share?: number;
    identity_drift?: number | null;
    flicker_levels?: number | null;
    jitter_ratio?: number | null;
    sound_offset_secs?: number | null;
}

export interface Grade {
    tone: 'good' | 'fair' | 'bad';
    words: string;
}

/** Below `good` it is good, below `fair` fair. */
function graded(value: number, good: number, fair: number, words: string): Grade {
    return { tone: value <= good ? 'good' : value <= fair ? 'fair' : 'bad', words };
}

/** The measures in plain words, each with how good it is. */
export function grades(quality: Quality): Grade[] {
    const found: Grade[] = [];
    const { pose_error_deg: pose, within_15_deg_share: within, identity_drift: drift, flicker_levels: flicker, jitter_ratio: jitter, sound_offset_secs: sound } = quality;
    if (typeof pose === 'number') {
        const most = typeof within === 'number' ? `, ${percent(within)} of them within 15°` : '';
        found.push(graded(pose, 6, 12, `Limbs follow the person within ${pose.toFixed(1)}° in the median${most}.`));
    }
    const guessed = (quality.held_share ?? 0) + (quality.guessed_share ?? 0);
    found.push(graded(guessed, 0.05, 0.2, guessed === 0 ? 'No frame had to be guessed.' : `${percent(guessed)} of the frames had to be guessed, at least in part.`));
    if (typeof drift === 'number') found.push(graded(drift, 0.15, 0.3, `Face and trunk stay ${percent(1 - drift)} as they are in the image.`));
    if (typeof flicker === 'number') found.push(graded(flicker, 0.05, 0.5, flicker === 0 ? 'The background stands still.' : `The background flickers by ${flicker.toFixed(2)} of 255 levels.`));
    if (typeof jitter === 'number') found.push(graded(jitter, 1, 1.5, jitter <= 1 ? 'The character moves more calmly than the person was tracked.' : `Joints tremble ${jitter.toFixed(1)} times as much as the person’s.`));
    if (typeof sound === 'number') {
        const ms = Math.round(sound * 1000);
        found.push(graded(Math.abs(ms), 20, 60, ms === 0 ? 'The sound is in step.' : `The sound is ${Math.abs(ms)} ms ${ms > 0 ? 'late' : 'early'}.`));
    }
    return found;
}
