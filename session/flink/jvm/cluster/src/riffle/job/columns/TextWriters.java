package riffle.job.columns;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.table.data.RawValueData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinarySection;
import org.apache.flink.table.data.binary.BinarySegmentUtils;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.types.logical.RawType;

/** The writers of texts and bytes, and of types that travel as text. */
final class TextWriters {
    private TextWriters() {}

    static ColumnWriter raw(RawType<?> type) {
        TypeSerializer<?> serializer = type.getTypeSerializer().duplicate();
        return new Objects(RowData::getRawValue, raw -> object(raw, serializer).toString());
    }

    private static <T> T object(Object raw, TypeSerializer<T> serializer) {
        @SuppressWarnings("unchecked")
        RawValueData<T> value = (RawValueData<T>) raw;
        return value.toObject(serializer);
    }

    /** A column of values of any size: their ends, and their bytes one after the other. */
    abstract static class VariableWidth extends ColumnWriter implements ColumnWriter.Sized {
        private byte[] offsets = new byte[1024];
        private byte[] data = new byte[1024];
        private int size;

        final void append(byte[] bytes) {
            append(bytes, 0, bytes.length);
        }

        final void append(byte[] from, int at, int length) {
            data = room(data, size, length);
            System.arraycopy(from, at, data, size, length);
            size += length;
        }

        final void append(MemorySegment[] segments, int at, int length) {
            data = room(data, size, length);
            BinarySegmentUtils.copyToBytes(segments, at, data, size, length);
            size += length;
        }

        /** Appends a text if all of it is ASCII; otherwise appends nothing and returns false. */
        final boolean appendAscii(String text) {
            int length = text.length();
            data = room(data, size, length);
            for (int i = 0; i < length; i++) {
                char c = text.charAt(i);
                if (c >= 0x80) {
                    return false;
                }
                data[size + i] = (byte) c;
            }
            size += length;
            return true;
        }

        /** Ends the next value where the data ends. The first offset is always 0. */
        final void end() {
            int at = 4 * (count() + 1);
            offsets = room(offsets, at, 4);
            LittleEndian.INT.set(offsets, at, size);
        }

        @Override
        final void putNull() {
            end();
        }

        @Override
        public final long bytes() {
            return size;
        }

        @Override
        final void reset() {
            super.reset();
            size = 0;
            offsets = kept(offsets);
            data = kept(data);
        }

        @Override
        final int buffers() {
            return 3;
        }

        @Override
        final Column take() {
            Column column = new Columns.VariableWidth(validity(), 0, offsets, 0, data, 0);
            offsets = new byte[offsets.length];
            data = new byte[data.length];
            reset();
            return column;
        }

        @Override
        final void describeValues(BatchMessage message) {
            message.buffer(4 * (count() + 1));
            message.buffer(size);
        }

        @Override
        final void writeValuesTo(BatchBody body) throws IOException {
            body.write(offsets, 4 * (count() + 1));
            body.write(data, size);
        }

        @Override
        final void forSized(Consumer<ColumnWriter.Sized> consumer) {
            consumer.accept(this);
        }
    }

    /** CHAR and VARCHAR. */
    static final class Strings extends VariableWidth {
        @Override
        void put(RowData row, int field) {
            put(row.getString(field));
        }

        private void put(StringData text) {
            if (text instanceof BinaryStringData) {
                put((BinaryStringData) text);
            } else {
                append(text.toBytes());
            }
            end();
        }

        /** Copies the bytes if the text has them. They are not kept with the text otherwise. */
        private void put(BinaryStringData text) {
            BinarySection bytes = text.getBinarySection();
            if (bytes == null) {
                if (!appendAscii(text.getJavaObject())) {
                    append(text.toBytes()); // in Flink's encoding, where an unpaired surrogate becomes '?'
                }
                return;
            }
            MemorySegment first = bytes.getSegments()[0];
            int at = bytes.getOffset();
            int length = bytes.getSizeInBytes();
            if (at + length <= first.size() && !first.isOffHeap()) {
                append(first.getArray(), at, length);
            } else {
                append(bytes.getSegments(), at, length);
            }
        }
    }

    /** VARBINARY. */
    static final class Binary extends VariableWidth {
        @Override
        void put(RowData row, int field) {
            append(row.getBinary(field));
            end();
        }
    }

    /** A type that has no parts that Arrow knows, as the text of its objects. */
    static final class Objects extends VariableWidth {
        private final BiFunction<RowData, Integer, Object> getter;
        private final Function<Object, String> text;

        Objects(BiFunction<RowData, Integer, Object> getter, Function<Object, String> text) {
            this.getter = getter;
            this.text = text;
        }

        @Override
        void put(RowData row, int field) {
            String string = text.apply(getter.apply(row, field));
            if (string == null) { // the text of an object of some class
                setNull();
            } else {
                append(string.getBytes(StandardCharsets.UTF_8));
            }
            end();
        }
    }
}
