/** Change of one's own password. */
import { Button, Card, Group, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { formProblems } from "../../api/errors";
import { ErrorAlert } from "../../ui/error-alert";
import { toastDone } from "../../ui/toast";
import { changePassword } from "./account-queries";
import { passwordProblem } from "./password-rule";

const PLACES = { current_password: "current", password: "password" } as const;

export function PasswordCard() {
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { current: "", password: "", again: "" },
    validate: {
      current: (value) => (value === "" ? "Enter your present password" : null),
      password: passwordProblem,
      again: (value, values) => (value === values.password ? null : "The two differ"),
    },
  });
  const save = useMutation({
    mutationFn: ({ current, password }: typeof form.values) =>
      changePassword({ current_password: current, password }),
    onSuccess: async () => {
      form.reset();
      toastDone("Your password was changed; your other sessions have ended.");
      await queryClient.invalidateQueries({ queryKey: ["sessions"] });
    },
    onError: (error) => form.setErrors(formProblems(error, PLACES).fields),
  });
  return (
    <Card
      component="section"
      aria-labelledby="password-title"
      withBorder
      padding="lg"
      bg="var(--surface)"
    >
      <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack gap="md">
          <div>
            <Title order={2} size="h4" id="password-title">
              Password
            </Title>
            <Text size="sm" c="dimmed">
              A new password ends your sessions in other browsers.
            </Text>
          </div>
          <PasswordInput
            label="Present password"
            autoComplete="current-password"
            required
            {...form.getInputProps("current")}
          />
          <PasswordInput
            label="New password"
            description="At least 12 characters; a few unrelated words do well"
            autoComplete="new-password"
            required
            {...form.getInputProps("password")}
          />
          <PasswordInput
            label="Repeat the new password"
            autoComplete="new-password"
            required
            {...form.getInputProps("again")}
          />
          <ErrorAlert error={save.error && formProblems(save.error, PLACES).general} />
          <Group>
            <Button type="submit" loading={save.isPending}>
              Change password
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
