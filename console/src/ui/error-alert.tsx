/** A failure that has no field: the server's words, the request id, another try. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { asApiError } from "../api/errors";

interface ErrorAlertProps {
  title?: string;
  /** An error thrown by a call, or a sentence. */
  error: unknown;
  onRetry?: () => void;
}

export function ErrorAlert({ title, error, onRetry }: ErrorAlertProps) {
  if (error === null || error === undefined) return null;
  const apiError = typeof error === "string" ? null : asApiError(error);
  const text = typeof error === "string" ? error : (apiError?.message ?? "");
  return (
    <Alert color="red" title={title} icon={<IconAlertTriangle aria-hidden />} role="alert">
      <Text size="sm" className="break-anywhere">
        {text}
      </Text>
      {apiError?.requestId && (
        <Text size="xs" mt={4} className="break-anywhere">
          Request id: {apiError.requestId}
        </Text>
      )}
      {onRetry && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}
