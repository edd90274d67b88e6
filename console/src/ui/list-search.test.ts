import { describe, expect, it } from "vitest";
import { FIRST_PAGE, readListSearch, toQuery } from "./list-search";

describe("readListSearch", () => {
  it("keeps what is set and leaves out what is as usual", () => {
    expect(readListSearch({ page: 3, per_page: 50, q: "acme", sort: "-name" })).toEqual({
      page: 3,
      per_page: 50,
      q: "acme",
      sort: "-name",
    });
    expect(readListSearch({ page: 1, per_page: 25, q: "", sort: "name" })).toEqual({});
  });

  it("takes no nonsense out of a URL", () => {
    expect(readListSearch({ page: -2, per_page: 7, sort: "password" })).toEqual({});
    expect(readListSearch({ page: "x", q: 42 })).toEqual({ q: "42" });
  });

  it("asks the API for what belongs to the list alone", () => {
    const search = { ...FIRST_PAGE, tab: "endpoints" };
    expect(toQuery(search)).toEqual({ page: 1, per_page: 25, sort: "name" });
    expect(toQuery({ ...search, q: "acme" }).q).toBe("acme");
  });
});
