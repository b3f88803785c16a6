/** Tells elements that they are about to be seen. Work for them is spread over frames. */
export interface NearSight {
  /** Calls back once, when the element is within a screen or two of the visible part. */
  watch(element: Element, onNear: () => void): () => void;
  close(): void;
}

/** Milliseconds of a frame that are given to what comes near. */
const budget = 8;

/** @param root the scrolling element. */
export function createNearSight(root: Element, margin = 1500): NearSight {
  const waiting = new Map<Element, () => void>();
  let queue: Element[] = [];
  let frame = 0;

  const work = () => {
    frame = 0;
    const until = performance.now() + budget;
    for (let element = queue.pop(); element; element = queue.pop()) {
      const onNear = waiting.get(element);
      waiting.delete(element);
      onNear?.();
      if (performance.now() >= until) break;
    }
    if (queue.length > 0) frame = requestAnimationFrame(work);
  };

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) queue.push(target);
        else queue = queue.filter((element) => element !== target);
        if (isIntersecting) observer.unobserve(target);
      }
      if (queue.length > 0 && frame === 0) frame = requestAnimationFrame(work);
    },
    { root, rootMargin: `${margin}px 0px` },
  );

  return {
    watch(element, onNear) {
      waiting.set(element, onNear);
      observer.observe(element);
      return () => {
        waiting.delete(element);
        observer.unobserve(element);
      };
    },
    close() {
      cancelAnimationFrame(frame);
      observer.disconnect();
      waiting.clear();
      queue = [];
    },
  };
}
