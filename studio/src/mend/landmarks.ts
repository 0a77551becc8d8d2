/** A character's landmarks as its file has them: by name, in pixels of its image; left and right are the character's own. */

export interface BodyLandmark {
    x: number;
    y: number;
    z: number;
    world: [number, number, number];
    visibility: number;
    presence: number;
}

interface Point {
    x: number;
    y: number;
    z: number;
}

export interface Landmarks {
    body: Record<string, BodyLandmark>;
    left_hand?: Record<string, Point>;
    right_hand?: Record<string, Point>;
    face?: [number, number, number][];
}

/** Names of the 33 body landmarks, in the topology's order. */
export const NAMES = [
    'nose', 'left_eye_inner', 'left_eye', 'left_eye_outer', 'right_eye_inner', 'right_eye', 'right_eye_outer', 'left_ear', 'right_ear',
    'mouth_left', 'mouth_right', 'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist', 'left_pinky',
    'right_pinky', 'left_index', 'right_index', 'left_thumb', 'right_thumb', 'left_hip', 'right_hip', 'left_knee', 'right_knee',
    'left_ankle', 'right_ankle', 'left_heel', 'right_heel', 'left_foot_index', 'right_foot_index',
] as const;

type Name = (typeof NAMES)[number];

export interface Handle {
    name: Name;
    /** For people. */
    label: string;
    /** What goes with it when it is moved. */
    carries: Name[];
    hand?: 'left_hand' | 'right_hand';
    face?: boolean;
}

const HEAD = NAMES.slice(1, 11) as Name[];

function sided(side: 'left' | 'right'): Handle[] {
    const name = (part: string) => `${side}_${part}` as Name;
    const fingers = ['pinky', 'index', 'thumb'].map(name);
    return [
        { name: name('shoulder'), label: `${side} shoulder`, carries: [] },
        { name: name('elbow'), label: `${side} elbow`, carries: [] },
        { name: name('wrist'), label: `${side} wrist`, carries: fingers, hand: `${side}_hand` },
        { name: name('hip'), label: `${side} hip`, carries: [] },
        { name: name('knee'), label: `${side} knee`, carries: [] },
        { name: name('ankle'), label: `${side} ankle`, carries: [name('heel'), name('foot_index')] },
        { name: name('foot_index'), label: `${side} toes`, carries: [] },
    ];
}

/** What a person can take hold of. */
export const HANDLES: Handle[] = [
    { name: 'nose', label: 'head', carries: HEAD, face: true },
    ...sided('left'),
    ...sided('right'),
];

/** Metres a pixel, told by the body's own two measures of itself. */
function metresPerPixel(landmarks: Landmarks): number {
    let [pixels, metres] = [0, 0];
    for (const [a, b] of [['left_shoulder', 'right_hip'], ['right_shoulder', 'left_hip'], ['left_shoulder', 'right_shoulder']] as const) {
        const [from, to] = [landmarks.body[a], landmarks.body[b]];
        if (!from || !to) continue;
        pixels += Math.hypot(from.x - to.x, from.y - to.y);
        metres += Math.hypot(from.world[0] - to.world[0], from.world[1] - to.world[1]);
    }
    return pixels > 0 && metres > 0 ? metres / pixels : 0.002;
}

/** Moves a handle, and what it carries, by so many pixels. */
export function move(landmarks: Landmarks, handle: Handle, dx: number, dy: number): void {
    const scale = metresPerPixel(landmarks);
    for (const name of [handle.name, ...handle.carries]) {
        const point = landmarks.body[name];
        if (!point) continue;
        point.x += dx;
        point.y += dy;
        point.world[0] += dx * scale;
        point.world[1] += dy * scale;
    }
    if (handle.hand) {
        for (const point of Object.values(landmarks[handle.hand] ?? {})) {
            point.x += dx;
            point.y += dy;
        }
    }
    if (handle.face) {
        for (const point of landmarks.face ?? []) {
            point[0] += dx;
            point[1] += dy;
        }
    }
}

/** Whether a handle counts as in view. */
export function isSeen(landmarks: Landmarks, handle: Handle): boolean {
    return (landmarks.body[handle.name]?.visibility ?? 0) >= 0.5;
}

export function setSeen(landmarks: Landmarks, handle: Handle, seen: boolean): void {
    for (const name of [handle.name, ...handle.carries]) {
        const point = landmarks.body[name];
        if (point) point.visibility = point.presence = seen ? 0.99 : 0.05;
    }
}

/** Takes left for right everywhere. */
export function flip(landmarks: Landmarks): void {
    for (const name of NAMES) {
        const other = name.includes('left') ? name.replace('left', 'right') : undefined;
        const [a, b] = [landmarks.body[name], other && landmarks.body[other]];
        if (other && a && b) [landmarks.body[name], landmarks.body[other]] = [b, a];
    }
    const { left_hand, right_hand } = landmarks;
    delete landmarks.left_hand;
    delete landmarks.right_hand;
    if (right_hand) landmarks.left_hand = right_hand;
    if (left_hand) landmarks.right_hand = left_hand;
    // The mesh of a face has sides of its own, which cannot be taken for each other.
    delete landmarks.face;
}
