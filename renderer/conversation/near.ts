/** Tells elements that they are about to be seen. Work for them is spread over frames. */
export interface NearSight {
  /** Calls back once, when the element is within a screen or two of the visible part. */
  watch(element: Element, onNear: () => void): () => void;
  close(): void;
}

/** Milliseconds of a frame that are given to what comes near. */
const budget = 8;

/** @param root the scrolling element. */
export function createNearSight(root: Element, margin = 900): NearSight {
  const waiting = new Map<Element, () => void>();
  const near = new Set<Element>();
  let frame = 0;

  const work = () => {
    frame = 0;
    const middle = root.getBoundingClientRect().top + root.clientHeight / 2;
    // What is on screen comes first; what was scrolled past is no longer near.
    const order = [...near]
      .map((element) => {
        const { top, bottom } = element.getBoundingClientRect();
        return { element, distance: Math.abs((top + bottom) / 2 - middle) };
      })
      .sort((a, b) => a.distance - b.distance);
    const until = performance.now() + budget;
    for (const { element } of order) {
      const onNear = waiting.get(element);
      waiting.delete(element);
      near.delete(element);
      observer.unobserve(element);
      onNear?.();
      if (performance.now() >= until) break;
    }
    later();
  };
  const later = () => {
    if (near.size > 0 && frame === 0) frame = requestAnimationFrame(work);
  };

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) near.add(target);
        else near.delete(target);
      }
      later();
    },
    { root, rootMargin: `${margin}px 0px` },
  );

  return {
    watch(element, onNear) {
      waiting.set(element, onNear);
      observer.observe(element);
      return () => {
        waiting.delete(element);
        near.delete(element);
        observer.unobserve(element);
      };
    },
    close() {
      cancelAnimationFrame(frame);
      observer.disconnect();
      waiting.clear();
      near.clear();
    },
  };
}
