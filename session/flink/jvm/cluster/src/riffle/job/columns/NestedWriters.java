package riffle.job.columns;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.LogicalType;

/** The writers of arrays, maps and rows, and of the type NULL. */
final class NestedWriters {
    private NestedWriters() {}

    /** The type NULL, which has no other value and no buffers. */
    static final class Nothing extends ColumnWriter {
        @Override
        void put(RowData row, int field) {
            throw new IllegalStateException("field " + field + " of type NULL has a value");
        }

        @Override
        void putNull() {}

        @Override
        int buffers() {
            return 0;
        }

        @Override
        void describe(BatchMessage message) {
            message.node(count(), count());
        }

        @Override
        void writeTo(BatchBody body) {}

        @Override
        void describeValues(BatchMessage message) {}

        @Override
        void writeValuesTo(BatchBody body) {}
    }

    /** A column with parts, which are columns of their own. */
    private abstract static class Nested extends ColumnWriter {
        private final ColumnWriter[] parts;

        Nested(ColumnWriter... parts) {
            this.parts = parts;
        }

        @Override
        void reset() {
            super.reset();
            for (ColumnWriter part : parts) {
                part.reset();
            }
        }

        @Override
        final int nodes() {
            return 1 + Arrays.stream(parts).mapToInt(ColumnWriter::nodes).sum();
        }

        @Override
        int buffers() {
            return 1 + Arrays.stream(parts).mapToInt(ColumnWriter::buffers).sum();
        }

        @Override
        void describeValues(BatchMessage message) {
            for (ColumnWriter part : parts) {
                part.describe(message);
            }
        }

        @Override
        void writeValuesTo(BatchBody body) throws IOException {
            for (ColumnWriter part : parts) {
                part.writeTo(body);
            }
        }

        @Override
        void forSized(Consumer<ColumnWriter.Sized> consumer) {
            for (ColumnWriter part : parts) {
                part.forSized(consumer);
            }
        }
    }

    /** A column of lists: where each ends, and the column of all elements. */
    private abstract static class Lists extends Nested implements ColumnWriter.Sized {
        private final ColumnWriter elements;
        private byte[] offsets = new byte[1024];

        Lists(ColumnWriter elements) {
            super(elements);
            this.elements = elements;
        }

        /** Ends the next value where the elements end. The first offset is always 0. */
        final void end() {
            int at = Math.multiplyExact(4, count() + 1);
            offsets = room(offsets, at, 4);
            LittleEndian.INT.set(offsets, at, elements.count());
        }

        @Override
        final void putNull() {
            end();
        }

        @Override
        public final long bytes() {
            return 8L * elements.count();
        }

        @Override
        final void reset() {
            super.reset();
            offsets = kept(offsets);
        }

        @Override
        final int buffers() {
            return 1 + super.buffers();
        }

        @Override
        final void describeValues(BatchMessage message) {
            message.buffer(4 * (count() + 1));
            super.describeValues(message);
        }

        @Override
        final void writeValuesTo(BatchBody body) throws IOException {
            body.write(offsets, 4 * (count() + 1));
            super.writeValuesTo(body);
        }

        @Override
        final void forSized(Consumer<ColumnWriter.Sized> consumer) {
            consumer.accept(this);
            super.forSized(consumer);
        }
    }

    /** ARRAY. */
    static final class Elements extends Lists {
        private final ColumnWriter element;
        private final ArrayAsRow elements = new ArrayAsRow();

        Elements(LogicalType type, ArrowForm form) {
            this(ColumnWriter.of(type, form));
        }

        private Elements(ColumnWriter element) {
            super(element);
            this.element = element;
        }

        @Override
        void put(RowData row, int field) {
            ArrayData array = row.getArray(field);
            int size = array.size();
            elements.set(array);
            for (int i = 0; i < size; i++) {
                element.write(elements, i);
            }
            end();
        }
    }

    /** MAP, or MULTISET, which is a map from elements to their numbers. */
    static final class Entries extends Lists {
        private final Entry entry;
        private final ArrayAsRow keys = new ArrayAsRow();
        private final ArrayAsRow values = new ArrayAsRow();

        Entries(LogicalType key, LogicalType value, ArrowForm form) {
            this(new Entry(key, value, form));
        }

        private Entries(Entry entry) {
            super(entry);
            this.entry = entry;
        }

        @Override
        void put(RowData row, int field) {
            MapData map = row.getMap(field);
            int size = map.size();
            keys.set(map.keyArray());
            values.set(map.valueArray());
            for (int i = 0; i < size; i++) {
                entry.add(keys, values, i);
            }
            end();
        }
    }

    /** A struct that is never NULL and is written by parts. */
    private abstract static class Struct extends Nested {
        Struct(ColumnWriter... parts) {
            super(parts);
        }

        @Override
        final void put(RowData row, int field) {
            throw new UnsupportedOperationException();
        }

        @Override
        final void putNull() {
            throw new UnsupportedOperationException();
        }
    }

    /** An entry of a map. A key that can be NULL is in a struct of its own, which cannot be NULL. */
    private static final class Entry extends Struct {
        private final ColumnWriter key;
        private final NullableKey nullableKey;
        private final ColumnWriter value;

        Entry(LogicalType key, LogicalType value, ArrowForm form) {
            this(ColumnWriter.of(key, form), form.wrapsKey(key), ColumnWriter.of(value, form));
        }

        private Entry(ColumnWriter key, boolean wrapped, ColumnWriter value) {
            this(key, wrapped ? new NullableKey(key) : null, value);
        }

        private Entry(ColumnWriter key, NullableKey nullableKey, ColumnWriter value) {
            super(nullableKey == null ? key : nullableKey, value);
            this.key = key;
            this.nullableKey = nullableKey;
            this.value = value;
        }

        void add(RowData keys, RowData values, int i) {
            key.write(keys, i);
            if (nullableKey != null) {
                nullableKey.counted();
            }
            value.write(values, i);
            counted();
        }
    }

    private static final class NullableKey extends Struct {
        NullableKey(ColumnWriter key) {
            super(key);
        }
    }

    /** ROW, or a structured type. */
    static final class Fields extends Nested {
        private final ColumnWriter[] fields;

        Fields(List<LogicalType> types, ArrowForm form) {
            this(types.stream().map(type -> ColumnWriter.of(type, form)).toArray(ColumnWriter[]::new));
        }

        private Fields(ColumnWriter[] fields) {
            super(fields);
            this.fields = fields;
        }

        @Override
        void put(RowData row, int field) {
            RowData value = row.getRow(field, fields.length);
            for (int i = 0; i < fields.length; i++) {
                fields[i].write(value, i);
            }
        }

        @Override
        void putNull() {
            for (ColumnWriter field : fields) { // which have a place for it all the same
                field.writeNull();
            }
        }
    }

    /** TIMESTAMP and TIMESTAMP_LTZ as Flink keeps them: milliseconds, and nanoseconds of the millisecond. */
    static final class MillisAndNanos extends Nested {
        private final FixedWidthWriters.Longs millis;
        private final FixedWidthWriters.Ints nanos;
        private final int precision;

        MillisAndNanos(int precision) {
            this(precision, new FixedWidthWriters.Longs(), new FixedWidthWriters.Ints());
        }

        private MillisAndNanos(int precision, FixedWidthWriters.Longs millis, FixedWidthWriters.Ints nanos) {
            super(millis, nanos);
            this.precision = precision;
            this.millis = millis;
            this.nanos = nanos;
        }

        @Override
        void put(RowData row, int field) {
            TimestampData timestamp = row.getTimestamp(field, precision);
            put(timestamp.getMillisecond(), timestamp.getNanoOfMillisecond());
        }

        @Override
        void putNull() {
            put(0, 0); // the numbers are never NULL
        }

        private void put(long milliseconds, int nanoseconds) {
            millis.putLong(milliseconds);
            millis.counted();
            nanos.putInt(nanoseconds);
            nanos.counted();
        }

        @Override
        Column take() {
            Column column = new Columns.WideTimestamps(validity(), 0, millis.take(), nanos.take());
            reset();
            return column;
        }
    }
}
