/** Colours and defaults. Every text colour here has at least 4.5:1 on its ground, in both schemes. */
import {
  Alert,
  Combobox,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Menu,
  Modal,
  Notification,
  Tooltip,
} from "@mantine/core";

const dark: MantineColorsTuple = [
  "#d5d9de",
  "#b4bac2",
  "#8d959f",
  "#6b737d",
  "#454b54",
  "#343941",
  "#272b31",
  "#1e2126",
  "#16181c",
  "#101215",
];

const steel: MantineColorsTuple = [
  "#eef3fb",
  "#dae4f3",
  "#b4c9e8",
  "#8badde",
  "#6a95d4",
  "#4f80c9",
  "#3e70be",
  "#2f60ad",
  "#26528f",
  "#1b3f72",
];

export const theme = createTheme({
  primaryColor: "steel",
  primaryShade: { light: 7, dark: 7 },
  colors: { steel, dark },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace:
    "ui-monospace, 'SFMono-Regular', 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
  headings: { fontFamily: "'Inter Variable', system-ui, sans-serif", fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Alert: Alert.extend({
      defaultProps: { variant: "light" },
      styles: { title: { color: "var(--mantine-color-text)" } },
    }),
    // Drop-downs stay inside the landmark they belong to.
    Combobox: Combobox.extend({ defaultProps: { withinPortal: false } }),
    Menu: Menu.extend({
      defaultProps: { withinPortal: false, withInitialFocusPlaceholder: false },
    }),
    Modal: Modal.extend({
      defaultProps: {
        closeButtonProps: { "aria-label": "Close" },
        // A dialog's head is no banner of the page.
        attributes: { header: { role: "presentation" } },
        size: "lg",
        styles: {
          title: { fontWeight: 650 },
          header: { background: "var(--surface)" },
          content: { background: "var(--surface)" },
        },
        overlayProps: { backgroundOpacity: 0.5 },
        transitionProps: { duration: 120 },
      },
    }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } },
    }),
    Tooltip: Tooltip.extend({
      defaultProps: { events: { hover: true, focus: true, touch: false } },
    }),
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#fbfcfd",
    "--mantine-color-dimmed": "#545c66",
    "--mantine-color-placeholder": "#6b747e",
    "--mantine-color-error": "#b3261e",
    "--mantine-color-anchor": "#2858a3",
    "--surface": "#ffffff",
    "--surface-border": "#dfe3e8",
    "--mantine-color-yellow-light": "#fff6dc",
    "--mantine-color-red-light": "#fdeceb",
  },
  dark: {
    "--mantine-color-body": "#16181c",
    "--mantine-color-text": "#d5d9de",
    "--mantine-color-dimmed": "#a3aab3",
    "--mantine-color-placeholder": "#8d959f",
    "--mantine-color-error": "#ff9d96",
    "--mantine-color-anchor": "#8badde",
    "--surface": "#1e2126",
    "--surface-border": "#343941",
    "--mantine-color-yellow-light": "rgba(250, 176, 5, 0.13)",
    "--mantine-color-red-light": "rgba(255, 107, 107, 0.13)",
    "--mantine-color-steel-light": "rgba(106, 149, 212, 0.2)",
    "--mantine-color-steel-light-color": "#b4c9e8",
  },
});
