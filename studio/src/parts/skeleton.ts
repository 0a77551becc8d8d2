/** Bones of the 33 body landmarks (BlazePose), by side. Left and right are the subject's. */
export const BONES: Record<'left' | 'right' | 'middle', [number, number][]> = {
    left: [[11, 13], [13, 15], [15, 17], [15, 19], [15, 21], [23, 25], [25, 27], [27, 29], [29, 31], [27, 31]],
    right: [[12, 14], [14, 16], [16, 18], [16, 20], [16, 22], [24, 26], [26, 28], [28, 30], [30, 32], [28, 32]],
    middle: [[11, 12], [11, 23], [12, 24], [23, 24], [7, 2], [2, 0], [0, 5], [5, 8], [9, 10]],
};

/** Bones of the 21 hand landmarks. */
export const FINGERS: [number, number][] = [0, 5, 9, 13, 17].flatMap((first) => {
    const chain: [number, number][] = first === 0 ? [] : [[0, first]];
    for (let joint = Math.max(first, 1); joint < (first === 0 ? 4 : first + 3); joint++) chain.push([joint, joint + 1]);
    return first === 0 ? ([[0, 1], ...chain] as [number, number][]) : chain;
});

type Point = readonly number[];

/** A path of the bones whose two ends are there, and likely enough in view. */
export function bonesPath(points: readonly Point[], bones: readonly [number, number][], least = 0.3): string {
    return bones
        .map(([from, to]) => [points[from], points[to]] as const)
        .filter(([a, b]) => a && b && (a[2] ?? 1) >= least && (b[2] ?? 1) >= least)
        .map(([a, b]) => `M${a?.[0]} ${a?.[1]}L${b?.[0]} ${b?.[1]}`)
        .join('');
}

/** A path of dots, drawn by round line ends. */
export function dotsPath(points: readonly Point[]): string {
    return points.map(([x, y]) => `M${x} ${y}h0`).join('');
}

/** A path of closed polygons. */
export function polygonsPath(polygons: readonly (readonly Point[])[]): string {
    return polygons.map((points) => `M${points.map(([x, y]) => `${x} ${y}`).join('L')}Z`).join('');
}
