package riffle.job.columns;

import java.util.Arrays;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.binary.BinaryStringData;

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
        final boolean isNull(int row) {
            return validity != null && !bit(validity, from, row);
        }
    }

    private static boolean bit(byte[] bits, int from, int i) {
        return (bits[from + (i >> 3)] >> (i & 7) & 1) != 0;
    }

    /** A column of values of the same size; which size, its getter knows. */
    static final class FixedWidth extends Arrow {
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
        boolean getBoolean(int row) {
            return bit(values, from, row);
        }

        @Override
        byte getByte(int row) {
            return values[from + row];
        }

        @Override
        short getShort(int row) {
            return (short) LittleEndian.SHORT.get(values, from + 2 * row);
        }

        @Override
        int getInt(int row) {
            return (int) LittleEndian.INT.get(values, from + 4 * row);
        }

        @Override
        long getLong(int row) {
            return (long) LittleEndian.LONG.get(values, from + 8 * row);
        }

        @Override
        float getFloat(int row) {
            return Float.intBitsToFloat(getInt(row));
        }

        @Override
        double getDouble(int row) {
            return Double.longBitsToDouble(getLong(row));
        }

        @Override
        byte[] getBinary(int row) {
            return Arrays.copyOfRange(values, from + width * row, from + width * (row + 1));
        }

        @Override
        DecimalData getDecimal(int row, int precision, int scale) {
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
    }

    /** A column of values in Flink's internal form. */
    static final class Objects extends Column {
        private final Object[] values;

        Objects(Object[] values) {
            this.values = values;
        }

        @Override
        boolean isNull(int row) {
            return values[row] == null;
        }

        @Override
        Object getObject(int row) {
            return values[row];
        }

        @Override
        int getInt(int row) {
            return (Integer) values[row];
        }

        @Override
        long getLong(int row) {
            return (Long) values[row];
        }
    }
}
