/** The provider by which members may sign in, and the roles its groups give. */
import {
  Button,
  Card,
  Group,
  NativeSelect,
  PasswordInput,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formProblems } from "../../../api/errors";
import { ROLES, type Role } from "../../../api/me";
import type { OidcSignIn, OidcSignInChange } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { CopyButton } from "../../../ui/copy-button";
import { ErrorAlert } from "../../../ui/error-alert";
import { toastDone } from "../../../ui/toast";
import { useProblemFocus } from "../../../ui/use-problem-focus";
import { roleName } from "../roles";
import { type GroupRole, GroupRoles } from "./group-roles";
import { changeOidc, deleteOidc, oidcQuery } from "./queries";

interface Values {
  enabled: boolean;
  name: string;
  issuer: string;
  client_id: string;
  client_secret: string;
  group_claim: string;
  group_roles: GroupRole[];
  default_role: Role | "";
  console_url: string;
}

const PLACES = {
  enabled: "enabled",
  name: "name",
  issuer: "issuer",
  client_id: "client_id",
  client_secret: "client_secret",
  group_claim: "group_claim",
  group_roles: "group_roles",
  default_role: "default_role",
  console_url: "console_url",
} as const;

function toValues(stored: OidcSignIn | null): Values {
  return {
    enabled: stored?.enabled ?? true,
    name: stored?.name ?? "",
    issuer: stored?.issuer ?? "",
    client_id: stored?.client_id ?? "",
    client_secret: "",
    group_claim: stored?.group_claim ?? "groups",
    group_roles: (stored?.group_roles ?? []).map((line, key) => ({ key, ...line })),
    default_role: stored?.default_role ?? "",
    console_url: stored?.console_url ?? "",
  };
}

/** An empty secret leaves the stored one as it is. */
function toBody(values: Values): OidcSignInChange {
  const lines = values.group_roles.filter(({ group }) => group.trim() !== "");
  return {
    enabled: values.enabled,
    ...(values.name.trim() && { name: values.name.trim() }),
    issuer: values.issuer.trim(),
    client_id: values.client_id.trim(),
    ...(values.client_secret && { client_secret: values.client_secret }),
    group_claim: values.group_claim.trim(),
    group_roles: lines.map(({ group, role }) => ({ group: group.trim(), role })),
    default_role: values.default_role === "" ? null : values.default_role,
    console_url: values.console_url.trim() || null,
  };
}

export function OidcForm({ stored }: { stored: OidcSignIn | null }) {
  const queryClient = useQueryClient();
  const [isRemoving, setIsRemoving] = useState(false);
  const form = useForm<Values>({
    initialValues: toValues(stored),
    validate: {
      issuer: (value) => (value.trim() === "" ? "Enter the issuer" : null),
      client_id: (value) => (value.trim() === "" ? "Enter the client id" : null),
    },
  });
  const save = useMutation({
    mutationFn: (values: Values) => changeOidc(toBody(values)),
    onSuccess: (saved) => {
      queryClient.setQueryData(oidcQuery.queryKey, saved);
      void queryClient.invalidateQueries({ queryKey: ["setup"] });
      form.setInitialValues(toValues(saved));
      form.setValues(toValues(saved));
      toastDone("The sign-in was changed.");
    },
    onError: (error) => form.setErrors(formProblems(error, PLACES).fields),
  });
  const remove = useMutation({
    mutationFn: deleteOidc,
    onSuccess: () => {
      setIsRemoving(false);
      queryClient.setQueryData(oidcQuery.queryKey, null);
      form.setInitialValues(toValues(null));
      form.setValues(toValues(null));
      toastDone("Members sign in with their password only.");
    },
  });
  const formRef = useProblemFocus(form.errors);
  const groupProblem = form.errors.group_roles;
  return (
    <Card withBorder padding="lg" bg="var(--surface)" maw={760}>
      <form noValidate ref={formRef} onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack gap="md">
          <Switch
            label="Sign-in with OpenID Connect"
            description="Members who sign in there for the first time are made here, if a group or the default gives them a role"
            {...form.getInputProps("enabled", { type: "checkbox" })}
          />
          <TextInput
            label="Name on the button"
            placeholder="Example SSO"
            {...form.getInputProps("name")}
            maw={480}
          />
          <TextInput
            label="Issuer"
            placeholder="https://sso.example.com"
            required
            {...form.getInputProps("issuer")}
            maw={480}
          />
          <TextInput label="Client id" required {...form.getInputProps("client_id")} maw={480} />
          <PasswordInput
            label="Client secret"
            description={
              stored?.has_client_secret
                ? "One is stored; leave empty to keep it"
                : "Empty: a public client with PKCE"
            }
            autoComplete="off"
            {...form.getInputProps("client_secret")}
            maw={480}
          />
          <TextInput
            label="Claim with the groups"
            {...form.getInputProps("group_claim")}
            maw={480}
          />
          <GroupRoles
            value={form.values.group_roles}
            onChange={(lines) => {
              form.setFieldValue("group_roles", lines);
              form.clearFieldError("group_roles");
            }}
            error={typeof groupProblem === "string" ? groupProblem : undefined}
          />
          <NativeSelect
            label="Role without a group"
            data={[
              { value: "", label: "None: sign-in is refused" },
              ...ROLES.map((role) => ({ value: role, label: roleName(role) })),
            ]}
            {...form.getInputProps("default_role")}
            maw={480}
          />
          <TextInput
            label="Address of this console"
            description="Where the provider sends people back to; empty: the management listener"
            placeholder="https://portcullis.example.com"
            {...form.getInputProps("console_url")}
            maw={480}
          />
          {stored && (
            <Group gap="sm">
              <Text size="sm" c="dimmed" className="break-anywhere" miw={0}>
                Register at the provider:{" "}
                <span data-testid="redirect-uri">{stored.redirect_uri}</span>
              </Text>
              <CopyButton value={stored.redirect_uri} name="Copy the redirect URI" />
            </Group>
          )}
          <ErrorAlert error={save.error && formProblems(save.error, PLACES).general} />
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              Save
            </Button>
            {stored && (
              <Button
                variant="default"
                onClick={() => {
                  remove.reset();
                  setIsRemoving(true);
                }}
              >
                Remove
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      <ConfirmDialog
        isOpen={isRemoving}
        title="Remove the sign-in with OpenID Connect"
        confirmLabel="Remove it"
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => setIsRemoving(false)}
      >
        <Text>
          Members without a password cannot sign in any more, until you send them a password link.
        </Text>
      </ConfirmDialog>
    </Card>
  );
}
