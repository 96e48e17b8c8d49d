import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

/** Links of the page that look like Mantine's, with addresses and their search checked by the router. */
type Rest<P> = P & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof P> & { ref?: Ref<HTMLAnchorElement> };

export const ButtonLink = createLink((props: Rest<ButtonProps>) => <Button component="a" {...props} />);
export const AnchorLink = createLink((props: Rest<AnchorProps>) => <Anchor {...props} />);
