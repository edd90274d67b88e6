/** An endpoint's method, told by word and colour. */
import classes from "./method-badge.module.css";

export function MethodBadge({ method }: { method: string }) {
  return (
    <span className={classes.badge} data-method={method}>
      {method}
    </span>
  );
}
