package riffle.job.columns;

/**
 * Arrow's message with a record batch, of a schema with a given number of nodes and buffers. All batches
 * of a schema have the same metadata but for some numbers, so it is built once, and each batch puts its
 * numbers in.
 *
 * <p>The numbers of fields are those of Arrow's Message.fbs.
 */
final class BatchMessage {
    private static final byte RECORD_BATCH = 3;

    private final byte[] head;
    private final int rows;
    private final int bodySize;
    private final int firstNode;
    private final int firstBuffer;

    private int nodes;
    private int buffers;
    private long body;

    BatchMessage(int nodes, int buffers) {
        Flatbuffer b = new Flatbuffer();
        int message = b.table(2, 1, Flatbuffer.REFERENCE, 8); // version, kind of header, header, size of the body
        b.putShort(b.field(message, 0), SchemaMessage.VERSION);
        b.putByte(b.field(message, 1), RECORD_BATCH);
        b.refer(b.field(message, 2));
        int batch = b.table(8, Flatbuffer.REFERENCE, Flatbuffer.REFERENCE); // rows, nodes, buffers
        b.refer(b.field(batch, 1));
        int atNodes = b.vector(nodes, 16, 8); // values, NULLs
        b.refer(b.field(batch, 2));
        int atBuffers = b.vector(buffers, 16, 8); // place in the body, size
        int prefix = 8;
        rows = prefix + b.field(batch, 0);
        bodySize = prefix + b.field(message, 3);
        firstNode = prefix + atNodes;
        firstBuffer = prefix + atBuffers;
        head = SchemaMessage.encapsulated(b.finish());
    }

    void begin(int rows) {
        LittleEndian.LONG.set(head, this.rows, (long) rows);
        nodes = 0;
        buffers = 0;
        body = 0;
    }

    void node(int values, int nulls) {
        int at = firstNode + 16 * nodes++;
        LittleEndian.LONG.set(head, at, (long) values);
        LittleEndian.LONG.set(head, at + 8, (long) nulls);
    }

    void buffer(int size) {
        int at = firstBuffer + 16 * buffers++;
        LittleEndian.LONG.set(head, at, body);
        LittleEndian.LONG.set(head, at + 8, (long) size);
        body += size + padding(size);
    }

    /** The bytes by which a buffer is padded: each begins at a multiple of 8. */
    static int padding(int size) {
        return -size & 7;
    }

    /** The message without its body. It is overwritten by the next batch. */
    byte[] head() {
        LittleEndian.LONG.set(head, bodySize, body);
        return head;
    }

    long bodySize() {
        return body;
    }
}
