/** A QR code, drawn here. Dark on light in both colour schemes, for cameras. */
import { qrModules } from "./qr";

interface QrCodeProps {
  text: string;
  /** What it is, for those who do not see it. */
  label: string;
}

const QUIET = 4;

export function QrCode({ text, label }: QrCodeProps) {
  const modules = qrModules(text);
  if (!modules) return null;
  const size = modules.length + 2 * QUIET;
  const path = modules
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")))
    .join("");
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      width={208}
      height={208}
      shapeRendering="crispEdges"
      style={{ background: "#fff", borderRadius: 8 }}
    >
      <path d={path} fill="#000" />
    </svg>
  );
}
