/** Name, description and logo of a client: the same in the wizard and in the edit dialog. */
import { Stack, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { LogoPicker } from "../../ui/logo-picker";

export interface DetailsValues {
  name: string;
  description: string;
  logo: File | null;
}

/** Where the API's fields stand in the form. */
export const DETAILS_PLACES = { name: "name", description: "description", logo: "logo" } as const;

/** What can be seen to be wrong before asking the server. */
export const DETAILS_CHECKS = {
  name: (value: string) => (value.trim() === "" ? "Give the client a name" : null),
};

interface DetailsFieldsProps {
  form: UseFormReturnType<DetailsValues>;
  currentLogoUrl?: string | null;
  onRemoveCurrentLogo?: () => void;
}

export function DetailsFields({ form, currentLogoUrl, onRemoveCurrentLogo }: DetailsFieldsProps) {
  const { logo: logoError } = form.errors;
  return (
    <Stack gap="md">
      <TextInput
        label="Name"
        description="Who it is for: an organization, a department, a team"
        inputWrapperOrder={["label", "input", "description", "error"]}
        required
        maxLength={255}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <Textarea
        label="Description"
        autosize
        minRows={2}
        maxRows={8}
        {...form.getInputProps("description")}
      />
      <LogoPicker
        name={form.values.name}
        file={form.values.logo}
        currentUrl={currentLogoUrl}
        onChange={(logo) => form.setFieldValue("logo", logo)}
        onRemoveCurrent={onRemoveCurrentLogo}
        error={typeof logoError === "string" ? logoError : null}
      />
    </Stack>
  );
}
