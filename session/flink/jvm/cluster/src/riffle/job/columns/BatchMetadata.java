package riffle.job.columns;

import java.io.IOException;

/**
 * What the message of a record batch says about its body. The numbers of fields are those of Arrow's
 * Message.fbs. Reading beyond the array throws an IndexOutOfBoundsException.
 */
final class BatchMetadata {
    private static final int RECORD_BATCH = 3;
    private static final int STRUCT = 16; // the size of a node and of a buffer

    private final byte[] bytes;
    private final int rows;
    private final int nodes;
    private final int firstNode;
    private final int buffers;
    private final int firstBuffer;
    private final int body;

    private BatchMetadata(byte[] bytes, int metadata, int size) throws IOException {
        this.bytes = bytes;
        body = Math.addExact(metadata, size);
        int message = reference(metadata);
        int kind = field(message, 1);
        int header = field(message, 2);
        if (kind == 0 || bytes[kind] != RECORD_BATCH || header == 0) {
            throw new IOException("an element of results has no batch");
        }
        int batch = reference(header);
        int length = field(batch, 0);
        rows = length == 0 ? 0 : Math.toIntExact(getLong(length));
        int nodeVector = field(batch, 1);
        int bufferVector = field(batch, 2);
        if (rows < 0 || nodeVector == 0 || bufferVector == 0 || field(batch, 3) != 0) {
            throw new IOException("a batch of results is malformed or compressed");
        }
        nodes = getInt(reference(nodeVector));
        firstNode = reference(nodeVector) + 4;
        buffers = getInt(reference(bufferVector));
        firstBuffer = reference(bufferVector) + 4;
    }

    /** Of an element: a message with a schema, then the one with the batch. */
    static BatchMetadata read(byte[] element) throws IOException {
        int message = 8 + size(element, 0);
        return new BatchMetadata(element, message + 8, size(element, message));
    }

    private static int size(byte[] element, int at) throws IOException {
        if ((int) LittleEndian.INT.get(element, at) != -1) {
            throw new IOException("an element of results has no message where one begins");
        }
        int size = (int) LittleEndian.INT.get(element, at + 4);
        if (size < 0 || size > element.length - at - 8) {
            throw new IOException("an element of results is shorter than its message");
        }
        return size;
    }

    private int getInt(int at) {
        return (int) LittleEndian.INT.get(bytes, at);
    }

    private long getLong(int at) {
        return (long) LittleEndian.LONG.get(bytes, at);
    }

    private int reference(int at) {
        return Math.addExact(at, getInt(at));
    }

    /** Where a field of a table is; 0 if the table has its default. */
    private int field(int table, int number) {
        int vtable = Math.subtractExact(table, getInt(table));
        int entry = 4 + 2 * number;
        if (entry >= (short) LittleEndian.SHORT.get(bytes, vtable)) {
            return 0;
        }
        int offset = (short) LittleEndian.SHORT.get(bytes, vtable + entry);
        return offset == 0 ? 0 : table + offset;
    }

    byte[] bytes() {
        return bytes;
    }

    int rows() {
        return rows;
    }

    int nodes() {
        return nodes;
    }

    long values(int node) {
        return getLong(firstNode + STRUCT * node);
    }

    int nulls(int node) {
        return Math.toIntExact(getLong(firstNode + STRUCT * node + 8));
    }

    long bufferSize(int buffer) throws IOException {
        if (buffer >= buffers) {
            throw new IOException("a batch of results has " + buffers + " buffers only");
        }
        return getLong(firstBuffer + STRUCT * buffer + 8);
    }

    /** Where a buffer is, which has at least so many bytes. */
    int buffer(int buffer, long least) throws IOException {
        long size = bufferSize(buffer);
        long from = getLong(firstBuffer + STRUCT * buffer);
        if (size < least || from < 0 || from > bytes.length - body || size > bytes.length - body - from) {
            throw new IOException("a buffer of results has " + size + " bytes at " + from + " of " + bytes.length);
        }
        return body + (int) from;
    }
}
