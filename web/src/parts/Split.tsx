import { type ReactNode, useEffect, useRef } from 'react';
import { useKeys } from './keys';
import styles from './Split.module.css';
import { isNowhere } from './useFocusBack';

/** A row may be drawn again only some frames after its list has come back. */
const FRAMES = 30;

/**
 * A list, and what is open of it: in its place, or beside it where there is room. The list keeps its place, and the focus goes
 * where one looks: into what was opened, and back to its row.
 */
export function Split(props: { list: ReactNode; detail: ReactNode | null; open: string | undefined; onClose: () => void }) {
  const { open } = props;
  const listBox = useRef<HTMLDivElement>(null);
  const detailBox = useRef<HTMLDivElement>(null);
  const before = useRef(open);
  useEffect(() => {
    const last = before.current;
    before.current = open;
    if (open === last) return undefined;
    if (open !== undefined) {
      if (isNowhere() || listBox.current?.contains(document.activeElement) === true) {
        // Beside the list one may go on walking in it.
        if (listBox.current?.offsetParent === null) detailBox.current?.focus({ preventScroll: true });
      }
      return undefined;
    }
    let frame = 0;
    let tries = 0;
    const find = (): void => {
      const row = listBox.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(last ?? '')}"]`);
      if (isNowhere() && row !== null && row !== undefined) row.focus({ preventScroll: true });
      else if (isNowhere() && ++tries < FRAMES) frame = requestAnimationFrame(find);
    };
    frame = requestAnimationFrame(find);
    return () => cancelAnimationFrame(frame);
  }, [open]);
  useKeys({ Escape: open === undefined ? undefined : props.onClose });
  return (
    <div className={styles.split} data-open={props.detail !== null}>
      <div className={styles.list} ref={listBox}>
        {props.list}
      </div>
      {props.detail !== null && (
        <div className={styles.detail} ref={detailBox} tabIndex={-1}>
          {props.detail}
        </div>
      )}
    </div>
  );
}
