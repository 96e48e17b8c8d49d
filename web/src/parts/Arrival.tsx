import { type ReactNode, useEffect, useRef } from 'react';

/** What came of a button, often below what is in sight: it is brought there, and its heading gets the focus. */
export function Arrival({ of, children }: { of: string; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const heading = box.current?.querySelector('h2');
    if (heading === null || heading === undefined) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    const isStill = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    box.current?.scrollIntoView({ block: 'start', behavior: isStill ? 'auto' : 'smooth' });
  }, [of]);
  return (
    <div ref={box} style={{ scrollMarginTop: 16 }}>
      {children}
    </div>
  );
}
