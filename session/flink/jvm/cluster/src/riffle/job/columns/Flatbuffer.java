package riffle.job.columns;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A flatbuffer, written from front to back. Arrow's messages describe schemas and batches in this form.
 * (Only flink-python has classes for it, and a cluster may not have that jar.)
 *
 * <p>A table is written with all fields zero; {@link #field} returns the place of a field, to set it. A field
 * that refers to a table, a vector or a string is set by {@link #refer} immediately before that is written.
 *
 * <p>The format is described in the FlatBuffers documentation, "FlatBuffer Internals".
 */
final class Flatbuffer {
    /** The size of a field that refers to something. */
    static final int REFERENCE = 4;

    private byte[] bytes = new byte[512];
    private int size;
    private int pending = -1; // the place that refers to the next object

    /** Starts with the place that refers to the root, which is to be written next. */
    Flatbuffer() {
        size = REFERENCE;
        refer(0);
    }

    /** Writes a table with fields of these sizes in bytes, where 0 leaves a field out. Returns the table. */
    int table(int... sizes) {
        int tableSize = 4; // the distance to the vtable
        int alignment = 4;
        int[] offsets = new int[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] > 0) {
                offsets[i] = align(tableSize, sizes[i]);
                tableSize = offsets[i] + sizes[i];
                alignment = Math.max(alignment, sizes[i]);
            }
        }
        int vtable = align(size, 2);
        int vtableSize = 4 + 2 * sizes.length;
        int table = align(vtable + vtableSize, alignment);
        room(table + tableSize - size);
        putShort(vtable, vtableSize);
        putShort(vtable + 2, tableSize);
        for (int i = 0; i < sizes.length; i++) {
            putShort(vtable + 4 + 2 * i, offsets[i]);
        }
        putInt(table, table - vtable);
        resolve(table);
        return table;
    }

    /** Where a field of a table is. The table must have it. */
    int field(int table, int number) {
        int vtable = table - getInt(table);
        return table + (short) LittleEndian.SHORT.get(bytes, vtable + 4 + 2 * number);
    }

    /** Writes a vector of elements of some size and alignment, all zero, and returns where the first is. */
    int vector(int count, int elementSize, int alignment) {
        int first = align(size + 4, Math.max(4, alignment));
        room(first + count * elementSize - size);
        putInt(first - 4, count);
        resolve(first - 4);
        return first;
    }

    /** Writes a string. */
    void string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int first = vector(utf8.length, 1, 1);
        room(1); // strings end with a zero
        System.arraycopy(utf8, 0, bytes, first, utf8.length);
    }

    /** Makes the field or element at a place refer to the object that is written next. */
    void refer(int place) {
        pending = place;
    }

    private void resolve(int to) {
        if (pending < 0) {
            throw new IllegalStateException("nothing refers to what was written");
        }
        putInt(pending, to - pending);
        pending = -1;
    }

    void putByte(int place, int value) {
        bytes[place] = (byte) value;
    }

    void putShort(int place, int value) {
        LittleEndian.SHORT.set(bytes, place, (short) value);
    }

    void putInt(int place, int value) {
        LittleEndian.INT.set(bytes, place, value);
    }

    private int getInt(int place) {
        return (int) LittleEndian.INT.get(bytes, place);
    }

    /** The buffer, padded to a multiple of 8 bytes. */
    byte[] finish() {
        return Arrays.copyOf(bytes, align(size, 8));
    }

    private void room(int more) {
        size += more;
        if (size > bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * size);
        }
    }

    private static int align(int position, int to) {
        return (position + to - 1) / to * to;
    }
}
