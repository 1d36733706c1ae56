type Numbers = Uint8Array | Uint32Array | Float64Array;

/** Numbers of one meaning, `width` of them for each row of a table. */
export class Column<T extends Numbers = Numbers> {
  /** Row `n` has those from `n * width`. Another array once the table has grown. */
  values: T;
  /** The same as bytes. */
  bytes: Buffer;

  /** Whole numbers below 256. */
  static bytes(width = 1): Column<Uint8Array> {
    return new Column(length => new Uint8Array(length), width);
  }

  /** Whole numbers below 2^32. */
  static words(width = 1): Column<Uint32Array> {
    return new Column(length => new Uint32Array(length), width);
  }

  /** Any numbers. */
  static numbers(): Column<Float64Array> {
    return new Column(length => new Float64Array(length), 1);
  }

  private constructor(
    private readonly make: (length: number) => T,
    readonly width: number,
  ) {
    this.values = make(0);
    this.bytes = Buffer.from(this.values.buffer);
  }

  /** Bytes of a row. */
  get rowBytes(): number {
    return this.values.BYTES_PER_ELEMENT * this.width;
  }

  /** Bytes of a row, in place. */
  row(row: number): Buffer {
    return this.bytes.subarray(row * this.rowBytes, (row + 1) * this.rowBytes);
  }

  /** Moves to an array with room for so many rows. */
  resize(rows: number): void {
    const before = this.bytes;
    this.values = this.make(rows * this.width);
    this.bytes = Buffer.from(this.values.buffer);
    this.bytes.set(before);
  }
}

/** Columns that grow together. */
export class Columns {
  #capacity = 0;

  constructor(private readonly columns: readonly Column[]) {}

  /** Bytes of a row. */
  get rowBytes(): number {
    return this.columns.reduce((sum, { rowBytes }) => sum + rowBytes, 0);
  }

  /** Makes room for so many rows, and for more to come. */
  makeRoom(rows: number): void {
    if (rows > this.#capacity) {
      // By half: while columns move, the old ones are there too. Memory that is not written to is not taken.
      this.#resize(Math.max(1024, rows, Math.ceil(this.#capacity * 1.5)));
    }
  }

  /** Makes room at once for what will come, and for some changes after it. */
  reserve(rows: number): void {
    const wanted = Math.ceil(rows * 1.125) + 1024;
    if (wanted > this.#capacity) {
      this.#resize(wanted);
    }
  }

  /** Copies rows, one column after the other. */
  copyOut(from: number, to: number): Buffer {
    return Buffer.concat(
      this.columns.map(({ bytes, rowBytes }) =>
        bytes.subarray(from * rowBytes, to * rowBytes),
      ),
    );
  }

  /** Takes rows in that {@link copyOut} gave; `bytes` must be long enough for them. */
  copyIn(from: number, rows: number, bytes: Uint8Array): void {
    this.makeRoom(from + rows);
    let at = 0;
    for (const column of this.columns) {
      const length = rows * column.rowBytes;
      column.bytes.set(bytes.subarray(at, at + length), from * column.rowBytes);
      at += length;
    }
  }

  #resize(capacity: number): void {
    this.#capacity = capacity;
    this.columns.forEach(column => column.resize(capacity));
  }
}
