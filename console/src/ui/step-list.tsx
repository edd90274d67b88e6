/** Where one is in a wizard. */
import { IconCheck } from "@tabler/icons-react";
import classes from "./step-list.module.css";

interface StepListProps {
  steps: readonly string[];
  current: number;
}

export function StepList({ steps, current }: StepListProps) {
  return (
    <ol className={classes.list} aria-label="Steps">
      {steps.map((label, index) => {
        const state = index < current ? "done" : index === current ? "open" : "ahead";
        return (
          <li
            key={label}
            className={classes.step}
            data-state={state}
            aria-current={state === "open" ? "step" : undefined}
          >
            <span className={classes.number}>
              {state === "done" ? <IconCheck size={14} aria-label="done" role="img" /> : index + 1}
            </span>
            <span className={classes.label}>{label}</span>
          </li>
        );
      })}
    </ol>
  );
}
