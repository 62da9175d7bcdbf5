package riffle.job.columns;

import java.util.Arrays;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.data.writer.BinaryRowWriter;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/**
 * Rows of numbers and texts in the binary form in which they leave a task. Flink's serializer makes the same
 * of any row, but reads each value as an object.
 */
final class BinaryRows {
    private final LogicalTypeRoot[] types;
    private final BinaryRowData row;
    private final BinaryRowWriter writer;

    private BinaryRows(LogicalTypeRoot[] types) {
        this.types = types;
        row = new BinaryRowData(types.length);
        writer = new BinaryRowWriter(row);
    }

    /** Returns null for other types. */
    static BinaryRows of(LogicalType[] fields) {
        LogicalTypeRoot[] types = Arrays.stream(fields).map(LogicalType::getTypeRoot).toArray(LogicalTypeRoot[]::new);
        return Arrays.stream(types).allMatch(BinaryRows::has) ? new BinaryRows(types) : null;
    }

    private static boolean has(LogicalTypeRoot type) {
        switch (type) {
            case BOOLEAN:
            case INTEGER:
            case DATE:
            case TIME_WITHOUT_TIME_ZONE:
            case BIGINT:
            case FLOAT:
            case DOUBLE:
            case CHAR:
            case VARCHAR:
                return true;
            default:
                return false;
        }
    }

    /** The row in binary form, which is valid until the next call. */
    BinaryRowData of(RowData from) {
        writer.reset();
        writer.writeRowKind(from.getRowKind());
        for (int i = 0; i < types.length; i++) {
            if (from.isNullAt(i)) {
                writer.setNullAt(i);
            } else {
                write(from, i);
            }
        }
        writer.complete();
        return row;
    }

    private void write(RowData from, int i) {
        switch (types[i]) {
            case BOOLEAN:
                writer.writeBoolean(i, from.getBoolean(i));
                break;
            case BIGINT:
                writer.writeLong(i, from.getLong(i));
                break;
            case FLOAT:
                writer.writeFloat(i, from.getFloat(i));
                break;
            case DOUBLE:
                writer.writeDouble(i, from.getDouble(i));
                break;
            case CHAR:
            case VARCHAR:
                writer.writeString(i, from.getString(i));
                break;
            default:
                writer.writeInt(i, from.getInt(i));
        }
    }
}
