/** Opens the global search: by click, Ctrl+K or Cmd+K, or "/" where nothing is being typed. */
import { Kbd, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { SearchDialog } from "../features/search/search-dialog";
import classes from "./search-button.module.css";

export function SearchButton() {
  const router = useRouter();
  const [isOpen, setIsOpen] = useState(false);
  const open = () => setIsOpen(true);
  // In an open dialog the keys belong to it.
  const openUnlessBusy = () => {
    if (!document.querySelector("[role=dialog]")) open();
  };
  useHotkeys([["mod+K", openUnlessBusy]], []);
  useHotkeys([["/", openUnlessBusy]]);
  return (
    <>
      <UnstyledButton className={classes.button} onClick={open}>
        <IconSearch size={18} aria-hidden />
        <Text size="sm" visibleFrom="sm">
          Search
        </Text>
        <Kbd size="xs" visibleFrom="sm" aria-hidden>
          Ctrl K
        </Kbd>
        <VisuallyHidden>everything</VisuallyHidden>
      </UnstyledButton>
      <SearchDialog
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        onGo={(path) => router.history.push(path)}
      />
    </>
  );
}
