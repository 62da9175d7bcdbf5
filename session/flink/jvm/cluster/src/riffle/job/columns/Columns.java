package riffle.job.columns;

import java.util.Arrays;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.data.columnar.ColumnarArrayData;
import org.apache.flink.table.data.columnar.ColumnarMapData;
import org.apache.flink.table.data.columnar.ColumnarRowData;
import org.apache.flink.table.data.columnar.vector.VectorizedColumnBatch;

/** The columns in Arrow's layout, and those of objects. */
final class Columns {
    private Columns() {}

    /** A column in Arrow's layout, with a bit for each value, or none if no value is NULL. */
    private abstract static class Arrow extends Column {
        private final byte[] validity;
        private final int from;

        Arrow(byte[] validity, int from) {
            this.validity = validity;
            this.from = from;
        }

        @Override
        public final boolean isNullAt(int row) {
            return validity != null && !bit(validity, from, row);
        }
    }

    private static boolean bit(byte[] bits, int from, int i) {
        return (bits[from + (i >> 3)] >> (i & 7) & 1) != 0;
    }

    /** A column of values of the same size; which size, its getter knows. */
    static class FixedWidth extends Arrow {
        private final byte[] values;
        private final int from;
        private final int width;

        /** The width is that of BINARY; of no use for others. */
        FixedWidth(byte[] validity, int validityFrom, byte[] values, int from, int width) {
            super(validity, validityFrom);
            this.values = values;
            this.from = from;
            this.width = width;
        }

        @Override
        public boolean getBoolean(int row) {
            return bit(values, from, row);
        }

        @Override
        public byte getByte(int row) {
            return values[from + row];
        }

        @Override
        public short getShort(int row) {
            return (short) LittleEndian.SHORT.get(values, from + 2 * row);
        }

        @Override
        public int getInt(int row) {
            return (int) LittleEndian.INT.get(values, from + 4 * row);
        }

        @Override
        public long getLong(int row) {
            return (long) LittleEndian.LONG.get(values, from + 8 * row);
        }

        @Override
        public float getFloat(int row) {
            return Float.intBitsToFloat(getInt(row));
        }

        @Override
        public double getDouble(int row) {
            return Double.longBitsToDouble(getLong(row));
        }

        @Override
        byte[] getBinary(int row) {
            return Arrays.copyOfRange(values, from + width * row, from + width * (row + 1));
        }

        @Override
        public Bytes getBytes(int row) {
            return new Bytes(values, from + width * row, width);
        }

        @Override
        public DecimalData getDecimal(int row, int precision, int scale) {
            int at = from + 16 * row;
            if (DecimalData.isCompact(precision)) {
                return DecimalData.fromUnscaledLong((long) LittleEndian.LONG.get(values, at), precision, scale);
            }
            byte[] bigEndian = new byte[16];
            for (int i = 0; i < 16; i++) {
                bigEndian[i] = values[at + 15 - i];
            }
            DecimalData decimal = DecimalData.fromUnscaledBytes(bigEndian, precision, scale);
            if (decimal == null) {
                throw new IllegalStateException("a value does not fit DECIMAL(" + precision + ", " + scale + ")");
            }
            return decimal;
        }
    }

    /** A column of texts or bytes. */
    static final class VariableWidth extends Arrow {
        private final byte[] offsets;
        private final int offsetsFrom;
        private final byte[] data;
        private final int from;
        private final MemorySegment[] segments;

        VariableWidth(byte[] validity, int validityFrom, byte[] offsets, int offsetsFrom, byte[] data, int from) {
            super(validity, validityFrom);
            this.offsets = offsets;
            this.offsetsFrom = offsetsFrom;
            this.data = data;
            this.from = from;
            segments = new MemorySegment[] {MemorySegmentFactory.wrap(data)};
        }

        private int offset(int i) {
            return (int) LittleEndian.INT.get(offsets, offsetsFrom + 4 * i);
        }

        /** The string keeps the memory of its batch. */
        @Override
        BinaryStringData getString(int row) {
            int begin = offset(row);
            return new BinaryStringData(segments, from + begin, offset(row + 1) - begin);
        }

        @Override
        byte[] getBinary(int row) {
            return Arrays.copyOfRange(data, from + offset(row), from + offset(row + 1));
        }

        @Override
        public Bytes getBytes(int row) {
            int begin = offset(row);
            return new Bytes(data, from + begin, offset(row + 1) - begin);
        }
    }

    /** A column of timestamps in milliseconds or microseconds. */
    static final class Timestamps extends FixedWidth {
        private final int perMilli;

        Timestamps(byte[] validity, int validityFrom, byte[] values, int from, int perMilli) {
            super(validity, validityFrom, values, from, 8);
            this.perMilli = perMilli;
        }

        @Override
        public TimestampData getTimestamp(int row, int precision) {
            long units = getLong(row);
            long millis = Math.floorDiv(units, (long) perMilli);
            return TimestampData.fromEpochMillis(millis, (int) (units - millis * perMilli) * (1_000_000 / perMilli));
        }
    }

    /** A column of timestamps as Flink keeps them: milliseconds, and nanoseconds of the millisecond. */
    static final class WideTimestamps extends Arrow {
        private final Column millis;
        private final Column nanos;

        WideTimestamps(byte[] validity, int validityFrom, Column millis, Column nanos) {
            super(validity, validityFrom);
            this.millis = millis;
            this.nanos = nanos;
        }

        @Override
        public TimestampData getTimestamp(int row, int precision) {
            return TimestampData.fromEpochMillis(millis.getLong(row), nanos.getInt(row));
        }
    }

    /** A column of arrays or maps: where each begins and ends among all elements or entries. */
    private abstract static class Lists extends Arrow {
        private final byte[] offsets;
        private final int from;

        Lists(byte[] validity, int validityFrom, byte[] offsets, int from) {
            super(validity, validityFrom);
            this.offsets = offsets;
            this.from = from;
        }

        final int begin(int row) {
            return (int) LittleEndian.INT.get(offsets, from + 4 * row);
        }

        final int size(int row) {
            return begin(row + 1) - begin(row);
        }
    }

    static final class ArrayValues extends Lists {
        private final Column elements;

        ArrayValues(byte[] validity, int validityFrom, byte[] offsets, int from, Column elements) {
            super(validity, validityFrom, offsets, from);
            this.elements = elements;
        }

        Column elements() {
            return elements;
        }

        @Override
        public ArrayData getArray(int row) {
            return new ColumnarArrayData(elements, begin(row), size(row));
        }
    }

    static final class MapValues extends Lists {
        private final Column keys;
        private final Column values;

        MapValues(byte[] validity, int validityFrom, byte[] offsets, int from, Column keys, Column values) {
            super(validity, validityFrom, offsets, from);
            this.keys = keys;
            this.values = values;
        }

        @Override
        public MapData getMap(int row) {
            return new ColumnarMapData(keys, values, begin(row), size(row));
        }
    }

    static final class RowValues extends Arrow {
        private final Column[] columns;
        private final VectorizedColumnBatch fields;

        /** The array of fields can be filled later. */
        RowValues(byte[] validity, int validityFrom, Column[] fields) {
            super(validity, validityFrom);
            columns = fields;
            this.fields = new VectorizedColumnBatch(fields);
        }

        Column[] fields() {
            return columns;
        }

        @Override
        public ColumnarRowData getRow(int row) {
            return new ColumnarRowData(fields, row);
        }
    }

    /** A column of values in Flink's internal form. */
    static final class Objects extends Column {
        private final Object[] values;

        Objects(Object[] values) {
            this.values = values;
        }

        @Override
        public boolean isNullAt(int row) {
            return values[row] == null;
        }

        @Override
        Object getObject(int row) {
            return values[row];
        }

        @Override
        public ArrayData getArray(int row) {
            return (ArrayData) values[row];
        }

        @Override
        public MapData getMap(int row) {
            return (MapData) values[row];
        }

        @Override
        RowData getRowData(int row) {
            return (RowData) values[row];
        }
    }
}
