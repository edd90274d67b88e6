/** A table as every list has it. */
import { Table } from "@mantine/core";
import type { ReactNode } from "react";

interface ListTableProps {
  label: string;
  head: ReactNode;
  children: ReactNode;
}

export function ListTable({ label, head, children }: ListTableProps) {
  return (
    <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover aria-label={label}>
      <Table.Thead>
        <Table.Tr>{head}</Table.Tr>
      </Table.Thead>
      <Table.Tbody>{children}</Table.Tbody>
    </Table>
  );
}
