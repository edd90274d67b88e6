/** Whether the server has ended this browser's session while the console was open. */
type Listener = () => void;

let hasEnded = false;
const listeners = new Set<Listener>();

function set(next: boolean): void {
  if (hasEnded === next) return;
  hasEnded = next;
  for (const listener of listeners) listener();
}

export const sessionState = {
  end: () => set(true),
  resume: () => set(false),
  hasEnded: () => hasEnded,
  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
