import { Modal, type ModalProps } from '@mantine/core';
import { useFocusBack } from './useFocusBack';

/** A window above the page, there as long as it is drawn. */
export function Dialog(props: Omit<ModalProps, 'opened'>) {
  useFocusBack();
  return <Modal opened {...props} />;
}
