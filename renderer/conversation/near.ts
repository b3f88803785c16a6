/** Draws in full what is about to be seen. The work is spread over frames. */
export interface NearSight {
  /** The element is near what is seen; `onTurn` is called once it is its turn. */
  near(element: Element, onTurn: () => void): void;
  /** It is no longer: it was scrolled past, or is gone. */
  far(element: Element): void;
  close(): void;
}

/** Milliseconds of a frame that are given to what comes near. */
const budget = 6;

/** @param root the scrolling element. */
export function createNearSight(root: Element): NearSight {
  const waiting = new Map<Element, () => void>();
  let frame = 0;

  const work = () => {
    frame = 0;
    const middle = root.getBoundingClientRect().top + root.clientHeight / 2;
    // What is on screen comes first.
    const order = [...waiting.keys()]
      .map((element) => {
        const { top, bottom } = element.getBoundingClientRect();
        return { element, distance: Math.abs((top + bottom) / 2 - middle) };
      })
      .sort((a, b) => a.distance - b.distance);
    const until = performance.now() + budget;
    for (const { element } of order) {
      const onTurn = waiting.get(element);
      waiting.delete(element);
      onTurn?.();
      if (performance.now() >= until) break;
    }
    later();
  };
  const later = () => {
    if (waiting.size > 0 && frame === 0) frame = requestAnimationFrame(work);
  };

  return {
    near(element, onTurn) {
      waiting.set(element, onTurn);
      later();
    },
    far(element) {
      waiting.delete(element);
    },
    close() {
      cancelAnimationFrame(frame);
      waiting.clear();
    },
  };
}
