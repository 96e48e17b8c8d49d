import { IconArrowLeft } from '@tabler/icons-react';
import { AnchorLink } from './links';

/** From what is open to its list, as it was. */
export function Back({ to, label }: { to: '/postbacks' | '/conversions' | '/clicks'; label: string }) {
  return (
    <AnchorLink to={to} search={(before: object) => ({ ...before, open: undefined })} size="sm" w="fit-content">
      <IconArrowLeft size={13} style={{ verticalAlign: '-2px' }} aria-hidden /> {label}
    </AnchorLink>
  );
}
