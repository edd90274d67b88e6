/** Short words about what was done. */
import { notifications } from "@mantine/notifications";
import { asApiError } from "../api/errors";

export function toastDone(message: string): void {
  notifications.show({ message, color: "green", autoClose: 4000 });
}

export function toastProblem(title: string, error: unknown): void {
  notifications.show({ title, message: asApiError(error).message, color: "red", autoClose: 9000 });
}
