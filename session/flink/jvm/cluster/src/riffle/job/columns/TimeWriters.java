package riffle.job.columns;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/** The writers of times of day and timestamps. */
final class TimeWriters {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private TimeWriters() {}

    static ColumnWriter time(int unit) {
        switch (unit) {
            case ArrowType.SECOND:
                return new Times(4, 1, 1000);
            case ArrowType.MILLISECOND:
                return new Times(4, 1, 1);
            case ArrowType.MICROSECOND:
                return new Times(8, 1000, 1);
            default:
                return new Times(8, NANOS_PER_MILLI, 1);
        }
    }

    static ColumnWriter timestamp(LogicalType type, ArrowForm form) {
        int precision = LogicalTypeChecks.getPrecision(type);
        if (ArrowForm.nanos(type)) {
            return form == ArrowForm.FUNCTION ? new NestedWriters.MillisAndNanos(precision) : new Nanos(precision);
        }
        return new Units(precision, form.unit(type));
    }

    /** The writer for timestamps that pass by a function: all that Flink's row format keeps of them. */
    static ColumnWriter forwarded(LogicalType type) {
        int precision = LogicalTypeChecks.getPrecision(type);
        return TimestampData.isCompact(precision)
                ? new Units(precision, ArrowType.MILLISECOND)
                : new NestedWriters.MillisAndNanos(precision);
    }

    /** TIME. Flink keeps it in milliseconds at every precision. */
    private static final class Times extends FixedWidthWriters.FixedWidth {
        private final boolean wide;
        private final long times;
        private final int dividedBy;

        Times(int width, long times, int dividedBy) {
            super(width);
            wide = width == 8;
            this.times = times;
            this.dividedBy = dividedBy;
        }

        @Override
        void put(RowData row, int field) {
            put(row.getInt(field));
        }

        private void put(int millis) {
            if (wide) {
                putLong(millis * times);
            } else {
                putInt(millis / dividedBy);
            }
        }
    }

    private abstract static class Timestamps extends FixedWidthWriters.FixedWidth {
        private final int precision;

        Timestamps(int width, int precision) {
            super(width);
            this.precision = precision;
        }

        @Override
        final void put(RowData row, int field) {
            put(row.getTimestamp(field, precision));
        }

        abstract void put(TimestampData t);
    }

    /** TIMESTAMP and TIMESTAMP_LTZ of up to 6 digits, in a unit of 64 bits. */
    private static final class Units extends Timestamps {
        private final int unit;

        Units(int precision, int unit) {
            super(8, precision);
            this.unit = unit;
        }

        @Override
        void put(TimestampData t) {
            long millis = t.getMillisecond();
            switch (unit) {
                case ArrowType.SECOND:
                    putLong(Math.floorDiv(millis, 1000L));
                    break;
                case ArrowType.MILLISECOND:
                    putLong(millis);
                    break;
                default:
                    putLong(Math.addExact(Math.multiplyExact(millis, 1000L), t.getNanoOfMillisecond() / 1000));
            }
        }

        /** Only in milliseconds or microseconds. */
        @Override
        Column column(byte[] validity, byte[] values) {
            return new Columns.Timestamps(validity, 0, values, 0, unit == ArrowType.MILLISECOND ? 1 : 1000);
        }
    }

    /** TIMESTAMP and TIMESTAMP_LTZ of 7 to 9 digits: nanoseconds in 128 bits. */
    private static final class Nanos extends Timestamps {
        Nanos(int precision) {
            super(16, precision);
        }

        @Override
        void put(TimestampData t) {
            long millis = t.getMillisecond();
            long low = millis * NANOS_PER_MILLI;
            long sum = low + t.getNanoOfMillisecond();
            long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
            putLongs(sum, Math.multiplyHigh(millis, NANOS_PER_MILLI) + carry);
        }
    }
}
