import { createTheme, type MantineColorsTuple } from '@mantine/core';

const cidra: MantineColorsTuple = [
  '#e9f7f3',
  '#d3ece5',
  '#a5d9cb',
  '#74c5b0',
  '#4db499',
  '#34a98b',
  '#17806a',
  '#0b7261',
  '#075f51',
  '#034a3f',
];

/** Greys with a little of the leading colour: the dark page is calm, not blue. */
const dark: MantineColorsTuple = [
  '#d5dbd9',
  '#b4bcb9',
  '#98a29e',
  '#6f7a76',
  '#3c4643',
  '#2c3532',
  '#232b29',
  '#1a201f',
  '#121615',
  '#0c0f0e',
];

const dense = { defaultProps: { size: 'xs' } };

export const theme = createTheme({
  primaryColor: 'cidra',
  // White is read on either.
  primaryShade: { light: 7, dark: 6 },
  colors: { cidra, dark },
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1rem' }, h3: { fontSize: '0.875rem' } } },
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: dense,
    TextInput: dense,
    PasswordInput: dense,
    Textarea: dense,
    NumberInput: dense,
    Select: { defaultProps: { size: 'xs', checkIconPosition: 'right' } },
    Autocomplete: dense,
    TagsInput: dense,
    MultiSelect: dense,
    Checkbox: dense,
    Switch: dense,
    SegmentedControl: dense,
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'md' } },
    Tooltip: {
      defaultProps: {
        openDelay: 300,
        withArrow: true,
        fz: 'xs',
        multiline: true,
        maw: 320,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    // A place to focus that is no item has no place in a menu.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Overlay: { defaultProps: { backgroundOpacity: 0.45 } },
    Text: { defaultProps: { size: 'sm' } },
  },
});
