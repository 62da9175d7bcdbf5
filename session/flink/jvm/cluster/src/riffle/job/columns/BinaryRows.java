package riffle.job.columns;

import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.writer.BinaryRowWriter;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * Rows in the binary form in which they leave a task. Flink's serializer makes the same of any row, but reads
 * each value as an object.
 */
final class BinaryRows {
    private final BinaryField[] fields;
    private final BinaryRowData row;
    private final BinaryRowWriter writer;

    private BinaryRows(BinaryField[] fields) {
        this.fields = fields;
        row = new BinaryRowData(fields.length);
        writer = new BinaryRowWriter(row);
    }

    /**
     * Returns null if a field has another type than those of {@link BinaryField}, or is one of the first ones, which
     * are kept as {@link ForwardedRows} keeps them, and has parts.
     */
    static BinaryRows of(LogicalType[] types, int forwarded) {
        BinaryField[] fields = new BinaryField[types.length];
        for (int i = 0; i < types.length; i++) {
            fields[i] = BinaryField.of(types[i]);
            if (fields[i] == null || i < forwarded && fields[i].hasParts()) {
                return null;
            }
        }
        return new BinaryRows(fields);
    }

    /** The row in binary form, which is valid until the next call. */
    BinaryRowData of(BatchRow from) {
        writer.reset();
        writer.writeRowKind(from.getRowKind());
        write(from, 0);
        writer.complete();
        return row;
    }

    /** The fields of two rows as one, with the kind of the first. */
    BinaryRowData of(BatchRow first, BatchRow second) {
        writer.reset();
        writer.writeRowKind(first.getRowKind());
        write(first, 0);
        write(second, first.getArity());
        writer.complete();
        return row;
    }

    private void write(BatchRow from, int at) {
        for (int i = 0; i < from.getArity(); i++) {
            fields[at + i].write(writer, at + i, from.column(i), from.index());
        }
    }
}
