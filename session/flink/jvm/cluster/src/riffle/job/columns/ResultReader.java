package riffle.job.columns;

import java.io.IOException;
import java.util.List;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Reads elements of the Fn API's arrow_type where they are: a message with the schema, which is not looked
 * at, and one with a record batch of the types that the plan expects, in the form
 * {@link ArrowForm#FUNCTION}.
 *
 * <p>The other side is not trusted. All sizes and offsets are checked, once for each batch, so that no
 * value is read from beyond its column.
 */
public final class ResultReader {
    private static final LogicalType MILLIS = new BigIntType(false);
    private static final LogicalType NANOS = new IntType(false);
    private static final int NANOS_PER_MILLI = 1_000_000;

    private final LogicalType[] types;
    private final int nodes;

    // of the batch that is being read
    private BatchMetadata batch;
    private int node;
    private int buffer;

    public ResultReader(RowType type) {
        types = type.getChildren().toArray(LogicalType[]::new);
        nodes = nodes(type) - 1;
    }

    /** The number of columns. */
    int columns() {
        return types.length;
    }

    /** Reads an element, puts its columns into a row from some column on, and returns the number of rows. */
    int read(byte[] element, BatchRow row, int first) throws IOException {
        try {
            batch = BatchMetadata.read(element);
            if (batch.nodes() != nodes) {
                throw new IOException("a batch of results has " + batch.nodes() + " columns and parts, not " + nodes);
            }
            node = 0;
            buffer = 0;
            for (int i = 0; i < types.length; i++) {
                row.set(first + i, next(types[i], batch.rows(), null));
            }
            return batch.rows();
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw new IOException("a batch of results is malformed", e);
        } finally {
            batch = null;
        }
    }

    /** The nodes that describe a column and its parts. */
    private static int nodes(LogicalType type) {
        int nodes = 1;
        switch (type.getTypeRoot()) {
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return ArrowForm.nanos(type) ? 3 : 1;
            case MAP:
                nodes++; // of the entries
                break;
            default:
        }
        for (LogicalType child : type.getChildren()) {
            nodes += nodes(child);
        }
        return nodes;
    }

    /** The next column or part of one, with a number of values. A NULL in a row is one of its fields, too. */
    private Column next(LogicalType type, int values, Column row) throws IOException {
        int nulls = batch.nulls(node);
        if (batch.values(node) != values || nulls < 0 || nulls > values) {
            throw new IOException(
                    "column or part " + node + " of results has " + batch.values(node) + " values, " + nulls
                            + " NULL, of " + values);
        }
        node++;
        byte[] validity = nulls == 0 ? null : batch.bytes();
        int validityFrom = nulls == 0 ? 0 : batch.buffer(buffer, bits(values));
        buffer++;
        Column column = next(type, values, validity, validityFrom);
        if (nulls > 0 && !type.isNullable()) {
            checkNulls(column, values, row);
        }
        return column;
    }

    private static void checkNulls(Column column, int values, Column row) throws IOException {
        for (int i = 0; i < values; i++) {
            if (column.isNullAt(i) && (row == null || !row.isNullAt(i))) {
                throw new IOException("a batch of results has NULL for a type that is NOT NULL");
            }
        }
    }

    private Column next(LogicalType type, int values, byte[] validity, int validityFrom) throws IOException {
        byte[] bytes = batch.bytes();
        switch (type.getTypeRoot()) {
            case CHAR:
            case VARCHAR:
            case VARBINARY:
                int offsets = offsets(values, batch.bufferSize(buffer + 1));
                int data = batch.buffer(buffer++, 0);
                return new Columns.VariableWidth(validity, validityFrom, bytes, offsets, bytes, data);
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                if (ArrowForm.nanos(type)) {
                    return wideTimestamps(values, validity, validityFrom);
                }
                boolean micros = ArrowForm.FUNCTION.unit(type) == ArrowType.MICROSECOND;
                int units = batch.buffer(buffer++, 8L * values);
                return new Columns.Timestamps(validity, validityFrom, bytes, units, micros ? 1000 : 1);
            case ARRAY:
                int elements = Math.toIntExact(batch.values(node));
                int ends = offsets(values, elements);
                Column element = next(((ArrayType) type).getElementType(), elements, null);
                return new Columns.ArrayValues(validity, validityFrom, bytes, ends, element);
            case MAP:
                return maps((MapType) type, values, validity, validityFrom);
            case ROW:
                List<LogicalType> children = type.getChildren();
                Column[] fields = new Column[children.size()];
                Column row = new Columns.RowValues(validity, validityFrom, fields);
                for (int i = 0; i < fields.length; i++) {
                    fields[i] = next(children.get(i), values, row);
                }
                return row;
            default:
                int width = width(type);
                int from = batch.buffer(buffer++, width == 0 ? bits(values) : (long) width * values);
                return new Columns.FixedWidth(validity, validityFrom, bytes, from, width);
        }
    }

    private Column wideTimestamps(int values, byte[] validity, int validityFrom) throws IOException {
        Column[] numbers = new Column[2];
        Column row = new Columns.RowValues(validity, validityFrom, numbers);
        Column millis = next(MILLIS, values, row);
        Column nanos = next(NANOS, values, row);
        for (int i = 0; i < values; i++) {
            int n = nanos.getInt(i);
            if ((n < 0 || n >= NANOS_PER_MILLI) && !row.isNullAt(i)) {
                throw new IOException("a timestamp of a batch of results has " + n + " ns in a millisecond");
            }
        }
        return new Columns.WideTimestamps(validity, validityFrom, millis, nanos);
    }

    private Column maps(MapType type, int values, byte[] validity, int validityFrom) throws IOException {
        int entries = Math.toIntExact(batch.values(node));
        int ends = offsets(values, entries);
        if (batch.nulls(node) != 0) {
            throw new IOException("a map of a batch of results has an entry that is NULL");
        }
        node++;
        buffer++; // the validity of the entries
        Column keys = next(type.getKeyType(), entries, null);
        Column items = next(type.getValueType(), entries, null);
        return new Columns.MapValues(validity, validityFrom, batch.bytes(), ends, keys, items);
    }

    /** Where the offsets of the next buffer are, of values in something of a size. */
    private int offsets(int values, long size) throws IOException {
        int from = batch.buffer(buffer++, values == 0 ? 0 : 4L * (values + 1));
        int before = 0;
        for (int i = 0; i <= values && values > 0; i++) {
            int offset = (int) LittleEndian.INT.get(batch.bytes(), from + 4 * i);
            if (offset < before || offset > size) {
                throw new IOException("a value of a batch of results ends at " + offset + " of " + size);
            }
            before = offset;
        }
        return from;
    }

    private static long bits(int values) {
        return (values + 7L) / 8;
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
            case TIME_WITHOUT_TIME_ZONE:
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
