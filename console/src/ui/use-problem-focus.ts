/** Brings the first field with a problem into sight when problems come up. */
import { useEffect, useRef } from "react";

/** Gives the form's ref; `errors` are the form's problems by field. */
export function useProblemFocus(errors: Readonly<Record<string, unknown>>) {
  const ref = useRef<HTMLFormElement>(null);
  const count = Object.keys(errors).length;
  const last = useRef(0);
  useEffect(() => {
    const isMore = count > last.current;
    last.current = count;
    // While somebody mends them they grow fewer: the focus stays where it is.
    if (isMore) ref.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [count]);
  return ref;
}
