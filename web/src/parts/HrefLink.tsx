import { useRouter } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

/** A link to an address of ours that came as a text (`/app/clicks?sub1=a`): followed without loading the page anew. */
export function HrefLink({
  href,
  onClick,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string; ref?: Ref<HTMLAnchorElement> }) {
  const { history } = useRouter();
  return (
    <a
      {...rest}
      href={href}
      onClick={(event) => {
        onClick?.(event);
        if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        history.push(href);
      }}
    />
  );
}
