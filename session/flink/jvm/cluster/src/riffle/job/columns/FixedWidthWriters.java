package riffle.job.columns;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.BinaryType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;

/** Writers of columns in which all values have the same size. */
final class FixedWidthWriters {
    private FixedWidthWriters() {}

    /** A column of values of some width in bytes. */
    abstract static class FixedWidth extends ColumnWriter {
        private final int width;
        private byte[] values = new byte[1024];

        FixedWidth(int width) {
            this.width = width;
        }

        /** Where the next value is, in {@link #values}, which has room for it. */
        final int place() {
            int at = Math.multiplyExact(count(), width);
            values = room(values, at, width);
            return at;
        }

        final byte[] values() {
            return values;
        }

        final void putInt(int value) {
            int at = place();
            LittleEndian.INT.set(values, at, value);
        }

        final void putLong(long value) {
            int at = place();
            LittleEndian.LONG.set(values, at, value);
        }

        /** Puts a number of 128 bits. */
        final void putLongs(long low, long high) {
            int at = place();
            LittleEndian.LONG.set(values, at, low);
            LittleEndian.LONG.set(values, at + 8, high);
        }

        @Override
        final void putNull() {
            int at = place();
            Arrays.fill(values, at, at + width, (byte) 0); // values of an earlier batch must not leave the task
        }

        @Override
        final void reset() {
            super.reset();
            values = kept(values);
        }

        @Override
        final Column take() {
            Column column = column(validity(), values);
            values = new byte[values.length];
            reset();
            return column;
        }

        Column column(byte[] validity, byte[] values) {
            return new Columns.FixedWidth(validity, 0, values, 0, width);
        }

        @Override
        final void describeValues(BatchMessage message) {
            message.buffer(count() * width);
        }

        @Override
        final void writeValuesTo(BatchBody body) throws IOException {
            body.write(values, count() * width);
        }
    }

    /** BOOLEAN, a bit for each value. */
    static final class Bits extends ColumnWriter {
        private byte[] bits = new byte[1024];

        private void put(boolean value) {
            int at = count() >> 3;
            bits = room(bits, at, 1);
            int bit = 1 << (count() & 7);
            bits[at] = (byte) (value ? bits[at] | bit : bits[at] & ~bit);
        }

        @Override
        void put(RowData row, int field) {
            put(row.getBoolean(field));
        }

        @Override
        void putNull() {
            put(false);
        }

        @Override
        Column take() {
            Column column = new Columns.FixedWidth(validity(), 0, bits, 0, 0);
            bits = new byte[bits.length];
            reset();
            return column;
        }

        @Override
        void describeValues(BatchMessage message) {
            message.buffer(count() + 7 >> 3);
        }

        @Override
        void writeValuesTo(BatchBody body) throws IOException {
            body.write(bits, count() + 7 >> 3);
        }
    }

    /** TINYINT. */
    static final class Bytes extends FixedWidth {
        Bytes() {
            super(1);
        }

        void put(byte value) {
            int at = place();
            values()[at] = value;
        }

        @Override
        void put(RowData row, int field) {
            put(row.getByte(field));
        }
    }

    /** SMALLINT. */
    static final class Shorts extends FixedWidth {
        Shorts() {
            super(2);
        }

        private void put(short value) {
            int at = place();
            LittleEndian.SHORT.set(values(), at, value);
        }

        @Override
        void put(RowData row, int field) {
            put(row.getShort(field));
        }
    }

    /** INT, days since 1970, or months. */
    static final class Ints extends FixedWidth {
        Ints() {
            super(4);
        }

        @Override
        void put(RowData row, int field) {
            putInt(row.getInt(field));
        }
    }

    /** BIGINT, or milliseconds. */
    static final class Longs extends FixedWidth {
        Longs() {
            super(8);
        }

        @Override
        void put(RowData row, int field) {
            putLong(row.getLong(field));
        }
    }

    /** FLOAT, with the bits of each NaN. */
    static final class Floats extends FixedWidth {
        Floats() {
            super(4);
        }

        @Override
        void put(RowData row, int field) {
            putInt(Float.floatToRawIntBits(row.getFloat(field)));
        }
    }

    /** DOUBLE, with the bits of each NaN. */
    static final class Doubles extends FixedWidth {
        Doubles() {
            super(8);
        }

        @Override
        void put(RowData row, int field) {
            putLong(Double.doubleToRawLongBits(row.getDouble(field)));
        }
    }

    /** DECIMAL, as its digits in 128 bits. */
    static final class Decimals extends FixedWidth {
        private final int precision;
        private final int scale;

        Decimals(DecimalType type) {
            super(16);
            precision = type.getPrecision();
            scale = type.getScale();
        }

        @Override
        void put(RowData row, int field) {
            put(row.getDecimal(field, precision, scale));
        }

        private void put(DecimalData decimal) {
            if (decimal.isCompact()) {
                long digits = decimal.toUnscaledLong();
                putLongs(digits, digits >> 63);
                return;
            }
            byte[] bigEndian = decimal.toUnscaledBytes();
            int at = place();
            byte[] values = values();
            Arrays.fill(values, at, at + 16, (byte) (bigEndian[0] >> 7));
            for (int i = 0; i < bigEndian.length; i++) {
                values[at + i] = bigEndian[bigEndian.length - 1 - i];
            }
        }
    }

    /** BINARY of some length. */
    static final class FixedBinary extends FixedWidth {
        private final int length;

        FixedBinary(LogicalType type) {
            super(((BinaryType) type).getLength());
            length = ((BinaryType) type).getLength();
        }

        @Override
        void put(RowData row, int field) {
            byte[] bytes = row.getBinary(field);
            if (bytes.length != length) {
                throw new IllegalStateException(
                        "a BINARY(" + length + ") value has length " + bytes.length + "; the type BYTES takes any length");
            }
            int at = place();
            System.arraycopy(bytes, 0, values(), at, length);
        }
    }
}
