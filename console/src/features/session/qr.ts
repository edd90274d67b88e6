/**
 * Draws a text as a QR code (ISO/IEC 18004): byte mode, error correction level M, versions 1 to 12, mask 0. Enough for
 * the links of authenticator apps, and no picture of a secret is asked of anybody else.
 */

/** By version: codewords of the whole symbol, check codewords of one block, number of blocks (level M). */
const VERSIONS: readonly (readonly [total: number, check: number, blocks: number])[] = [
  [26, 10, 1],
  [44, 16, 1],
  [70, 26, 1],
  [100, 18, 2],
  [134, 24, 2],
  [172, 16, 4],
  [196, 18, 4],
  [242, 22, 4],
  [292, 22, 5],
  [346, 26, 5],
  [404, 30, 5],
  [466, 22, 8],
];

/** Centres of the alignment patterns of versions 1 to 12. */
const ALIGNMENTS: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
  [6, 30, 54],
  [6, 32, 58],
];

/** Product in GF(256) with the polynomial 0x11d. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product;
}

function generator(degree: number): number[] {
  const result = new Array<number>(degree).fill(0);
  result[degree - 1] = 1;
  let root = 1;
  for (let step = 0; step < degree; step += 1) {
    for (let index = 0; index < degree; index += 1) {
      result[index] = multiply(result[index] ?? 0, root) ^ (result[index + 1] ?? 0);
    }
    root = multiply(root, 2);
  }
  return result;
}

function checkCodewords(data: readonly number[], divisor: readonly number[]): number[] {
  const rest = new Array<number>(divisor.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ (rest.shift() ?? 0);
    rest.push(0);
    divisor.forEach((coefficient, index) => {
      rest[index] = (rest[index] ?? 0) ^ multiply(coefficient, factor);
    });
  }
  return rest;
}

/** Length field and data, padded to what the version holds. */
function dataCodewords(bytes: Uint8Array, version: number, capacity: number): number[] {
  const bits: number[] = [];
  const push = (value: number, length: number) => {
    for (let bit = length - 1; bit >= 0; bit -= 1) bits.push((value >>> bit) & 1);
  };
  push(0b0100, 4);
  push(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) push(byte, 8);
  push(0, Math.min(4, capacity * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const words: number[] = [];
  for (let at = 0; at < bits.length; at += 8) {
    words.push(bits.slice(at, at + 8).reduce((word, bit) => (word << 1) | bit, 0));
  }
  for (let pad = 0xec; words.length < capacity; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/** Blocks with their check codewords, taken column by column. */
function interleaved(words: readonly number[], version: number): number[] {
  const [total, check, blocks] = VERSIONS[version - 1] ?? [0, 0, 1];
  const short = Math.floor(total / blocks) - check;
  const longer = total % blocks;
  const divisor = generator(check);
  const parts: number[][] = [];
  let at = 0;
  for (let block = 0; block < blocks; block += 1) {
    const size = short + (block >= blocks - longer ? 1 : 0);
    parts.push(words.slice(at, at + size));
    at += size;
  }
  const checks = parts.map((part) => checkCodewords(part, divisor));
  const byColumn = (rows: readonly number[][], width: number) =>
    Array.from({ length: width }, (_, column) =>
      rows.flatMap((row) => (column < row.length ? [row[column] ?? 0] : [])),
    ).flat();
  return [...byColumn(parts, short + 1), ...byColumn(checks, check)];
}

class Grid {
  readonly dark: boolean[][];
  readonly isFixed: boolean[][];

  constructor(readonly size: number) {
    const empty = () => Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
    this.dark = empty();
    this.isFixed = empty();
  }

  fix(x: number, y: number, dark: boolean): void {
    const row = this.dark[y];
    const fixed = this.isFixed[y];
    if (!row || !fixed || x < 0 || x >= this.size) return;
    row[x] = dark;
    fixed[x] = true;
  }

  /** A square of rings around (x, y): dark where the distance is not in `light`. */
  rings(x: number, y: number, radius: number, light: readonly number[]): void {
    for (let dy = -radius; dy <= radius; dy += 1) {
      for (let dx = -radius; dx <= radius; dx += 1) {
        this.fix(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
      }
    }
  }
}

/** Level M and mask 0: the bits are always the same. */
const FORMAT_BITS = 0b101010000010010;

function drawFormat(grid: Grid): void {
  const bit = (index: number) => ((FORMAT_BITS >>> index) & 1) === 1;
  const end = grid.size - 1;
  for (let index = 0; index < 15; index += 1) {
    // Around the upper left pattern.
    if (index < 6) grid.fix(8, index, bit(index));
    else if (index < 8) grid.fix(8, index + 1, bit(index));
    else if (index === 8) grid.fix(7, 8, bit(index));
    else grid.fix(14 - index, 8, bit(index));
    // Beside the other two.
    if (index < 8) grid.fix(end - index, 8, bit(index));
    else grid.fix(8, grid.size - 15 + index, bit(index));
  }
  grid.fix(8, grid.size - 8, true);
}

function drawVersion(grid: Grid, version: number): void {
  if (version < 7) return;
  let rest = version;
  for (let step = 0; step < 12; step += 1) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let index = 0; index < 18; index += 1) {
    const dark = ((bits >>> index) & 1) === 1;
    const far = grid.size - 11 + (index % 3);
    const near = Math.floor(index / 3);
    grid.fix(far, near, dark);
    grid.fix(near, far, dark);
  }
}

function drawPatterns(grid: Grid, version: number): void {
  for (let at = 0; at < grid.size; at += 1) {
    grid.fix(6, at, at % 2 === 0);
    grid.fix(at, 6, at % 2 === 0);
  }
  for (const [x, y] of [
    [3, 3],
    [grid.size - 4, 3],
    [3, grid.size - 4],
  ] as const) {
    grid.rings(x, y, 4, [2, 4]);
  }
  const centres = ALIGNMENTS[version - 1] ?? [];
  const last = centres.at(-1);
  for (const x of centres) {
    for (const y of centres) {
      const isCorner = (x === 6 && (y === 6 || y === last)) || (x === last && y === 6);
      if (!isCorner) grid.rings(x, y, 2, [1]);
    }
  }
  drawFormat(grid);
  drawVersion(grid, version);
}

/** Data in columns of two from the right, up and down by turns; mask 0 flips every other module. */
function drawData(grid: Grid, words: readonly number[]): void {
  let at = 0;
  for (let right = grid.size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < grid.size; step += 1) {
      const isUp = ((right + 1) & 2) === 0;
      const y = isUp ? grid.size - 1 - step : step;
      for (const x of [right, right - 1]) {
        const row = grid.dark[y];
        if (!row || grid.isFixed[y]?.[x]) continue;
        const bit = ((words[at >>> 3] ?? 0) >>> (7 - (at & 7))) & 1;
        row[x] = (bit === 1) !== ((x + y) % 2 === 0);
        at += 1;
      }
    }
  }
}

/** Rows of modules, true is dark; null when the text is too long (over some 280 bytes). */
export function qrModules(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text);
  const index = VERSIONS.findIndex(([total, check, blocks], at) => {
    const lengthBits = at + 1 < 10 ? 8 : 16;
    return 4 + lengthBits + bytes.length * 8 <= (total - check * blocks) * 8;
  });
  const chosen = VERSIONS[index];
  if (!chosen) return null;
  const [total, check, blocks] = chosen;
  const version = index + 1;
  const grid = new Grid(17 + 4 * version);
  drawPatterns(grid, version);
  drawData(grid, interleaved(dataCodewords(bytes, version, total - check * blocks), version));
  return grid.dark;
}
