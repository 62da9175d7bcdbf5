package riffle.job.columns;

import java.io.IOException;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Reads elements of the Fn API's arrow_type where they are: a message with the schema, which is not looked
 * at, and one with a record batch of the {@link Plain} types that the plan expects.
 *
 * <p>The other side is not trusted. All sizes and offsets are checked, once for each batch, so that no
 * value is read from beyond its column.
 */
public final class ResultReader {
    private final LogicalType[] types;

    public ResultReader(RowType type) {
        types = type.getChildren().toArray(LogicalType[]::new);
    }

    /** The number of columns. */
    int columns() {
        return types.length;
    }

    /** Reads an element, puts its columns into a row from some column on, and returns the number of rows. */
    int read(byte[] element, BatchRow row, int first) throws IOException {
        try {
            BatchMetadata batch = BatchMetadata.read(element);
            if (batch.nodes() != types.length) {
                throw new IOException("a batch of results has " + batch.nodes() + " columns, not " + types.length);
            }
            int buffer = 0;
            for (int i = 0; i < types.length; i++) {
                Column column = column(batch, i, buffer);
                buffer += column instanceof Columns.VariableWidth ? 3 : 2;
                row.set(first + i, column);
            }
            return batch.rows();
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw new IOException("a batch of results is malformed", e);
        }
    }

    private Column column(BatchMetadata batch, int i, int buffer) throws IOException {
        LogicalType type = types[i];
        int rows = batch.rows();
        int nulls = batch.nulls(i);
        if (batch.values(i) != rows || nulls < 0 || nulls > rows || nulls > 0 && !type.isNullable()) {
            throw new IOException(
                    "column " + i + " of results has " + batch.values(i) + " values, " + nulls + " NULL, of " + rows);
        }
        byte[] bytes = batch.bytes();
        byte[] validity = nulls == 0 ? null : bytes;
        int validityFrom = nulls == 0 ? 0 : batch.buffer(buffer, (rows + 7L) / 8);
        switch (type.getTypeRoot()) {
            case CHAR:
            case VARCHAR:
            case VARBINARY:
                int offsets = batch.buffer(buffer + 1, rows == 0 ? 0 : 4L * (rows + 1));
                int data = batch.buffer(buffer + 2, 0);
                checkOffsets(bytes, offsets, rows, batch.bufferSize(buffer + 2));
                return new Columns.VariableWidth(validity, validityFrom, bytes, offsets, bytes, data);
            default:
                int width = width(type);
                long size = width == 0 ? (rows + 7L) / 8 : (long) width * rows;
                return new Columns.FixedWidth(validity, validityFrom, bytes, batch.buffer(buffer + 1, size), width);
        }
    }

    private static void checkOffsets(byte[] bytes, int from, int rows, long size) throws IOException {
        int before = 0;
        for (int i = 0; i <= rows && rows > 0; i++) {
            int offset = (int) LittleEndian.INT.get(bytes, from + 4 * i);
            if (offset < before || offset > size) {
                throw new IOException("a text of a batch of results ends at " + offset + " of " + size + " bytes");
            }
            before = offset;
        }
    }

    /** The bytes of a value; 0 for bits. */
    private static int width(LogicalType type) {
        switch (type.getTypeRoot()) {
            case BOOLEAN:
                return 0;
            case TINYINT:
                return 1;
            case SMALLINT:
                return 2;
            case INTEGER:
            case DATE:
            case FLOAT:
                return 4;
            case BIGINT:
            case DOUBLE:
                return 8;
            case DECIMAL:
                return 16;
            case BINARY:
                return ((BinaryType) type).getLength();
            default:
                throw new UnsupportedOperationException(type.toString());
        }
    }
}
