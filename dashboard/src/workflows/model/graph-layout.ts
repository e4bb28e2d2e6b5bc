import type { OutlineList, OutlineStep } from "./outline.ts";
import type { Path } from "./read-text.ts";

/** A place in the drawing, in its own units. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface GraphStep extends Box {
  step: OutlineStep;
}

/** A list of steps with its head, drawn as a frame. */
export interface GraphList extends Box {
  list: OutlineList;
  isInner: boolean;
}

export interface GraphEdge {
  from: { x: number; y: number };
  to: { x: number; y: number };
}

/** Where a step can be put: before the step that is at this place of the list now. */
export interface GraphSlot {
  list: Path;
  at: number;
  x: number;
  y: number;
}

/** A workflow as a drawing: every list from top to bottom, what runs beside something else beside it. */
export interface Graph {
  width: number;
  height: number;
  steps: GraphStep[];
  lists: GraphList[];
  /** Both, outer before inner, in the order in which they are drawn. */
  boxes: (GraphStep | GraphList)[];
  edges: GraphEdge[];
  slots: GraphSlot[];
}

/** The size of a step that has none inside, and the height of the head of one that has. */
export const stepSize = { width: 232, height: 72 };
const gap = { across: 24, down: 36 };
const inset = 16;
const head = 28;

/** Lays a workflow out. The same outline always gives the same drawing, and no two boxes overlap. */
export function layOut(lists: readonly OutlineList[]): Graph {
  const graph: Graph = { width: 0, height: 0, steps: [], lists: [], boxes: [], edges: [], slots: [] };
  const sizes = lists.map(sizeOfList);
  const width = Math.max(stepSize.width, ...sizes.map((one) => one.width));
  let y = 0;
  lists.forEach((list, i) => {
    const size = sizes[i] ?? stepSize;
    placeList(graph, list, { ...size, x: (width - size.width) / 2, y }, false);
    y += size.height + gap.down;
  });
  return { ...graph, width, height: Math.max(0, y - gap.down) };
}

interface Size {
  width: number;
  height: number;
}

function sizeOfList(list: OutlineList): Size {
  const rows = rowsOf(list.steps).map(sizeOfRow);
  const width = Math.max(stepSize.width, ...rows.map((row) => row.width));
  const height = rows.reduce((sum, row) => sum + row.height + gap.down, 0);
  // Above the first and below the last there is room for what is put there.
  return { width: width + 2 * inset, height: head + gap.down + Math.max(height, gap.down) };
}

function sizeOfRow(row: readonly OutlineStep[]): Size {
  const sizes = row.map(sizeOfStep);
  return {
    width: sizes.reduce((sum, one) => sum + one.width + gap.across, -gap.across),
    height: Math.max(...sizes.map((one) => one.height)),
  };
}

function sizeOfStep(step: OutlineStep): Size {
  if (step.lists.length === 0) return stepSize;
  const sizes = step.lists.map(sizeOfList);
  const width = sizes.reduce((sum, one) => sum + one.width + inset, inset);
  const height = stepSize.height + Math.max(...sizes.map((one) => one.height)) + inset;
  return { width: Math.max(width, stepSize.width), height };
}

/** The steps by layer: each below all that it waits for. Where they wait for each other in a circle, the text decides. */
export function rowsOf(steps: readonly OutlineStep[]): OutlineStep[][] {
  const layers = new Map<number, number>();
  const layerOf = (at: number, on: ReadonlySet<number>): number => {
    const known = layers.get(at);
    if (known !== undefined) return known;
    const within = new Set([...on, at]);
    const needs = (steps[at]?.needs ?? []).filter((need) => !within.has(need));
    const layer = Math.max(-1, ...needs.map((need) => layerOf(need, within))) + 1;
    layers.set(at, layer);
    return layer;
  };
  const rows: OutlineStep[][] = [];
  steps.forEach((step, at) => {
    const layer = layerOf(at, new Set());
    rows[layer] = [...(rows[layer] ?? []), step];
  });
  return Array.from(rows, (row) => row ?? []).filter((row) => row.length > 0);
}

function placeList(graph: Graph, list: OutlineList, box: Box, isInner: boolean): void {
  const frame = { ...box, list, isInner };
  graph.lists.push(frame);
  graph.boxes.push(frame);
  const centre = box.x + box.width / 2;
  const boxes = new Map<OutlineStep, Box>();
  let y = box.y + head + gap.down;
  for (const row of rowsOf(list.steps)) {
    const { width, height } = sizeOfRow(row);
    let x = centre - width / 2;
    for (const step of row) {
      const size = sizeOfStep(step);
      const own = { ...size, x, y };
      boxes.set(step, own);
      placeStep(graph, step, own);
      x += size.width + gap.across;
    }
    y += height + gap.down;
  }
  graph.slots.push({ list: list.path, at: 0, x: centre, y: box.y + head + gap.down / 2 });
  list.steps.forEach((step, i) => {
    const own = boxes.get(step);
    if (own === undefined) return;
    const x = own.x + own.width / 2;
    graph.slots.push({ list: list.path, at: i + 1, x, y: own.y + own.height + gap.down / 2 });
    for (const need of step.needs) {
      const before = boxes.get(list.steps[need] as OutlineStep);
      if (before === undefined || need === i) continue;
      const from = { x: before.x + before.width / 2, y: before.y + before.height };
      graph.edges.push({ from, to: { x, y: own.y } });
    }
  });
}

function placeStep(graph: Graph, step: OutlineStep, box: Box): void {
  const own = { ...box, step };
  graph.steps.push(own);
  graph.boxes.push(own);
  let x = box.x + inset;
  for (const list of step.lists) {
    const size = sizeOfList(list);
    placeList(graph, list, { ...size, x, y: box.y + stepSize.height }, true);
    x += size.width + inset;
  }
}

/** The slot that is nearest to a place, of those that are not inside a step; null when there is none. */
export function nearestSlot(
  graph: Graph,
  at: { x: number; y: number },
  moved: Path | null,
): GraphSlot | null {
  const isInside = ({ list }: GraphSlot) => moved?.every((key, i) => list[i] === key) === true;
  const far = (slot: GraphSlot) => Math.hypot(slot.x - at.x, slot.y - at.y);
  return graph.slots
    .filter((slot) => !isInside(slot))
    .reduce<GraphSlot | null>((best, slot) => (best !== null && far(best) <= far(slot) ? best : slot), null);
}
