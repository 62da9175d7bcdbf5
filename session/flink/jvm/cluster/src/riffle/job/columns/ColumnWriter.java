package riffle.job.columns;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DistinctType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.RawType;

/**
 * Collects the values of one column in Arrow's layout. The type of the column is that which
 * {@link ArrowForm} selects. The writer of a nested type has writers for its parts.
 *
 * <p>A column of a row is read with the row's typed getter, so that no value is boxed. So are the elements of
 * an array ({@link ArrayAsRow}).
 *
 * <p>It keeps its memory from batch to batch. It is owned by one thread.
 */
abstract class ColumnWriter {
    /** Memory above this size is not kept for the next batch. */
    private static final int KEPT_BYTES = 8 << 20;

    private int count;
    private int nulls;
    private byte[] validity; // a bit for each value, all set up to the first NULL; null until there is one

    /** The writer for a type. */
    static ColumnWriter of(LogicalType type, ArrowForm form) {
        switch (type.getTypeRoot()) {
            case NULL:
                return new NestedWriters.Nothing();
            case BOOLEAN:
                return new FixedWidthWriters.Bits();
            case TINYINT:
                return new FixedWidthWriters.Bytes();
            case SMALLINT:
                return new FixedWidthWriters.Shorts();
            case INTEGER:
            case DATE:
            case INTERVAL_YEAR_MONTH:
                return new FixedWidthWriters.Ints();
            case BIGINT:
            case INTERVAL_DAY_TIME:
                return new FixedWidthWriters.Longs();
            case FLOAT:
                return new FixedWidthWriters.Floats();
            case DOUBLE:
                return new FixedWidthWriters.Doubles();
            case DECIMAL:
                return new FixedWidthWriters.Decimals((DecimalType) type);
            case TIME_WITHOUT_TIME_ZONE:
                return TimeWriters.time(form.unit(type));
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return TimeWriters.timestamp(type, form);
            case BINARY:
                return new FixedWidthWriters.FixedBinary(type);
            case CHAR:
            case VARCHAR:
                return new TextWriters.Strings();
            case VARBINARY:
                return new TextWriters.Binary();
            case VARIANT: // its text is JSON
                return new TextWriters.Objects(RowData::getVariant, Object::toString);
            case BITMAP:
                return new TextWriters.Objects(RowData::getBitmap, Object::toString);
            case RAW:
                return TextWriters.raw((RawType<?>) type);
            case DISTINCT_TYPE:
                return of(((DistinctType) type).getSourceType(), form);
            case ARRAY:
                return new NestedWriters.Elements(type.getChildren().get(0), form);
            case MAP:
                return new NestedWriters.Entries(((MapType) type).getKeyType(), ((MapType) type).getValueType(), form);
            case MULTISET:
                return new NestedWriters.Entries(((MultisetType) type).getElementType(), new IntType(false), form);
            case ROW:
            case STRUCTURED_TYPE:
                return new NestedWriters.Fields(type.getChildren(), form);
            default:
                throw new UnsupportedOperationException(type.toString());
        }
    }

    /** Writes a field of a row as the next value. */
    final void write(RowData row, int field) {
        if (row.isNullAt(field)) {
            writeNull();
        } else {
            put(row, field);
            counted();
        }
    }

    /** Writes NULL as the next value, whether the type allows it or not. */
    final void writeNull() {
        setNull();
        putNull();
        counted();
    }

    /** Counts a value that has been put. */
    final void counted() {
        count++;
    }

    /** Marks the value at {@link #count()} as NULL. */
    final void setNull() {
        if (validity == null) {
            validity = new byte[Math.max(1024, (count >> 3) + 1)];
            Arrays.fill(validity, (byte) 0xff);
        } else if (count >> 3 >= validity.length) {
            setAllAfter(validity.length, 2 * validity.length);
        }
        validity[count >> 3] &= (byte) ~(1 << (count & 7));
        nulls++;
    }

    private void setAllAfter(int from, int size) {
        validity = Arrays.copyOf(validity, size);
        Arrays.fill(validity, from, size, (byte) 0xff);
    }

    /** Puts a value that is not NULL at {@link #count()}. */
    abstract void put(RowData row, int field);

    /** Takes up the place of a value that is NULL. */
    abstract void putNull();

    /** The number of values so far. */
    final int count() {
        return count;
    }

    /** Begins a batch, in the same memory, also in the parts. */
    void reset() {
        count = 0;
        nulls = 0;
        validity = null;
    }

    /** The number of nodes that describe the column and its parts. */
    int nodes() {
        return 1;
    }

    /** The number of buffers of the column and its parts. */
    int buffers() {
        return 2;
    }

    /** Adds the column's node and buffers, and those of its parts, to a message. */
    void describe(BatchMessage message) {
        message.node(count, nulls);
        message.buffer(validityBytes());
        describeValues(message);
    }

    /** Writes the same buffers in the same order. */
    void writeTo(BatchBody body) throws IOException {
        body.write(validity, validityBytes());
        writeValuesTo(body);
    }

    abstract void describeValues(BatchMessage message);

    abstract void writeValuesTo(BatchBody body) throws IOException;

    private int validityBytes() {
        if (nulls == 0) {
            return 0;
        }
        int size = count + 7 >> 3;
        if (size > validity.length) {
            setAllAfter(validity.length, size);
        }
        return size;
    }

    /**
     * The values so far as a column, which has the memory. Begins a batch in memory of its own. The writers of
     * arrays, maps, rows and texts of other types cannot do it.
     */
    Column take() {
        throw new UnsupportedOperationException(getClass().getSimpleName());
    }

    /** The bits of the values so far, or null if none is NULL. */
    final byte[] validity() {
        return validityBytes() == 0 ? null : validity;
    }

    /** Passes this column and its parts to the consumer if the number of rows does not determine their size. */
    void forSized(Consumer<Sized> consumer) {}

    /** A column whose size the number of rows does not determine. */
    interface Sized {
        /** The approximate number of bytes. */
        long bytes();
    }

    /** The same array, or a larger one with the same content. */
    static byte[] room(byte[] array, int size, int more) {
        if (more <= array.length - size) {
            return array;
        }
        long twice = Math.min(2L * array.length, Integer.MAX_VALUE - 8);
        return Arrays.copyOf(array, Math.max(Math.addExact(size, more), (int) twice));
    }

    /** The same array for the next batch, or a small one instead of one that would hold much memory. */
    static byte[] kept(byte[] array) {
        return array.length > KEPT_BYTES ? new byte[1024] : array;
    }
}
