/** Mantine's anchor and button as router links. */
import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { type ComponentPropsWithoutRef, forwardRef } from "react";

type Native = Omit<ComponentPropsWithoutRef<"a">, keyof AnchorProps>;

export const AnchorLink = createLink(
  forwardRef<HTMLAnchorElement, AnchorProps & Native>((props, ref) => (
    <Anchor ref={ref} {...props} />
  )),
);

type NativeButton = Omit<ComponentPropsWithoutRef<"a">, keyof ButtonProps>;

export const ButtonLink = createLink(
  forwardRef<HTMLAnchorElement, ButtonProps & NativeButton>((props, ref) => (
    <Button component="a" ref={ref} {...props} />
  )),
);
