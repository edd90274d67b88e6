/** The product's mark. */
interface MarkProps {
  size?: number;
}

export function Mark({ size = 28 }: MarkProps) {
  return <img src="/assets/portcullis.svg" width={size} height={size} alt="" />;
}
