import { Center, Loader } from '@mantine/core';

/** Before the first page is there. */
export const Waiting = () => (
  <Center h="100vh">
    <Loader size="sm" type="dots" />
  </Center>
);
