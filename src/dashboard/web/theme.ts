import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#f3f2fe',
  '#eceafd',
  '#cfcbf8',
  '#a5a0fa',
  '#8f88f5',
  '#675de9',
  '#5348dc',
  '#4a3fd0',
  '#4338c4',
  '#372da6',
];

const calendar = {
  weekendDays: [],
  ariaLabels: {
    previousMonth: 'Previous month',
    nextMonth: 'Next month',
    previousYear: 'Previous year',
    nextYear: 'Next year',
    previousDecade: 'Previous ten years',
    nextDecade: 'Next ten years',
  },
};

/** Sizes and shapes of the library's parts, fitted to ours. */
export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 5 },
  colors: { accent },
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { xs: '1.35', sm: '1.5', md: '1.5', lg: '1.35', xl: '1.35' },
  headings: { fontFamily: 'var(--font)', fontWeight: '600' },
  defaultRadius: '6px',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: {
      defaultProps: {
        overlayProps: { backgroundOpacity: 0.35 },
        transitionProps: { duration: 120 },
      },
    },
    Drawer: {
      defaultProps: {
        overlayProps: { backgroundOpacity: 0.35 },
        transitionProps: { duration: 120 },
      },
    },
    DateInput: { defaultProps: calendar },
    DatePickerInput: { defaultProps: calendar },
    Menu: {
      defaultProps: {
        shadow: 'md',
        transitionProps: { duration: 120 },
        // a menu may hold nothing but its items
        withInitialFocusPlaceholder: false,
      },
    },
  },
});

const ours = {
  '--mantine-color-body': 'var(--raised)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-dimmed': 'var(--text-3)',
  '--mantine-color-placeholder': 'var(--text-3)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--line-control)',
  '--mantine-color-error': 'var(--failed-fg)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-shadow-md': 'var(--shadow-pop)',
  '--mantine-shadow-xl': 'var(--shadow-pop)',
};

/** Lets the library's variables follow the tokens, in both themes. */
export const variables: CSSVariablesResolver = () => ({ variables: {}, light: ours, dark: ours });
