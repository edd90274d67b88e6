/** A client's logo, or its initials. Decorative: the name always stands beside it. */
import { Avatar } from "@mantine/core";

interface LogoProps {
  name: string;
  src: string | null | undefined;
  src2x?: string | null | undefined;
  size?: number;
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => Array.from(word)[0] ?? "")
    .join("")
    .toUpperCase();
}

export function Logo({ name, src, src2x, size = 40 }: LogoProps) {
  return (
    <Avatar
      src={src ?? null}
      alt=""
      size={size}
      radius="md"
      color="steel"
      variant="light"
      imageProps={{ srcSet: src && src2x ? `${src} 1x, ${src2x} 2x` : undefined, loading: "lazy" }}
      styles={{ image: { objectFit: "contain" }, root: { flex: "none" } }}
    >
      <span aria-hidden>{initialsOf(name)}</span>
    </Avatar>
  );
}
