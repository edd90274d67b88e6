/** Makes a management token; its value is shown once, by whoever opened this. */
import { Button, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { formProblems } from "../../../api/errors";
import { type Role, useMe } from "../../../api/me";
import type { ManagementToken } from "../../../api/types";
import { toIso } from "../../../ui/date-time";
import { ErrorAlert } from "../../../ui/error-alert";
import { AccessFields, accessProblem } from "../access-fields";
import { createToken } from "./queries";

interface TokenDialogProps {
  isOpen: boolean;
  onClose: () => void;
  onMade: (token: ManagementToken) => void;
}

interface Values {
  name: string;
  role: Role;
  projectIds: number[] | null;
  /** Days from now, "never" or "at". */
  life: string;
  /** As a date-time input holds it. */
  at: string;
}

const PLACES = {
  name: "name",
  role: "role",
  project_ids: "projectIds",
  expires_at: "life",
} as const;

const LIVES = [
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
  { value: "at", label: "At another time" },
  { value: "never", label: "Never" },
];
const DAY_MS = 86_400_000;

/** ISO 8601; null: never. */
export function expiryOf({ life, at }: Pick<Values, "life" | "at">, now: number): string | null {
  if (life === "never") return null;
  return life === "at" ? toIso(at) : new Date(now + Number(life) * DAY_MS).toISOString();
}

function TokenForm({ onClose, onMade }: Omit<TokenDialogProps, "isOpen">) {
  const queryClient = useQueryClient();
  const me = useMe();
  const form = useForm<Values>({
    initialValues: {
      name: "",
      role: "viewer",
      projectIds: me?.project_ids ?? null,
      life: "90",
      at: "",
    },
    validate: {
      name: (value) => (value.trim() === "" ? "Enter a name" : null),
      projectIds: (_ids, values) => accessProblem(values),
      at: (at, { life }) => (life === "at" && toIso(at) === null ? "Enter a time" : null),
    },
  });
  const make = useMutation({
    mutationFn: (values: Values) =>
      createToken({
        name: values.name.trim(),
        role: values.role,
        project_ids: values.projectIds,
        expires_at: expiryOf(values, Date.now()),
      }),
    onSuccess: async (token) => {
      onClose();
      onMade(token);
      await queryClient.invalidateQueries({ queryKey: ["management-tokens"] });
    },
    onError: (error) => form.setErrors(formProblems(error, PLACES).fields),
  });
  const textOf = (field: keyof Values) => {
    const problem = form.errors[field];
    return typeof problem === "string" ? problem : undefined;
  };
  return (
    <form noValidate onSubmit={form.onSubmit((values) => make.mutate(values))}>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="What will use it, as in: deployment script"
          required
          data-autofocus
          {...form.getInputProps("name")}
        />
        <AccessFields
          value={form.values}
          upTo={me?.role ?? "owner"}
          onChange={(changed) => {
            form.setValues(changed);
            for (const field of Object.keys(changed)) form.clearFieldError(field);
          }}
          roleProblem={textOf("role")}
          projectsProblem={textOf("projectIds")}
        />
        <NativeSelect label="Expires" data={LIVES} {...form.getInputProps("life")} />
        {form.values.life === "at" && (
          <TextInput
            type="datetime-local"
            aria-label="Expires at"
            description="In your time zone"
            {...form.getInputProps("at")}
          />
        )}
        <ErrorAlert error={make.error && formProblems(make.error, PLACES).general} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={make.isPending}>
            Create token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function TokenDialog({ isOpen, ...rest }: TokenDialogProps) {
  return (
    <Modal opened={isOpen} onClose={rest.onClose} title="Create a management token" size="md">
      <TokenForm {...rest} />
    </Modal>
  );
}
