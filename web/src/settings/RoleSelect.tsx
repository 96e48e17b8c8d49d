import { Select } from '@mantine/core';
import type { Role } from '../session';
import { words } from './strings';

export const ROLES = (['admin', 'manager', 'viewer', 'ops'] as const).map((value) => ({ value, label: words.roles[value] }));

export function RoleSelect({ role, onRole }: { role: Role; onRole: (role: Role) => void }) {
  return (
    <Select
      label={words.role}
      description={words.roleHints[role]}
      inputWrapperOrder={['label', 'input', 'description']}
      data={ROLES}
      allowDeselect={false}
      value={role}
      onChange={(value) => onRole(ROLES.find((each) => each.value === value)?.value ?? role)}
    />
  );
}
