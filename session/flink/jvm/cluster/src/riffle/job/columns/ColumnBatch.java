package riffle.job.columns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/** The columns of a batch, which leave as one message. */
final class ColumnBatch {
    private final ColumnWriter[] columns;
    private final ColumnWriter.Sized[] sized;
    private final BatchMessage message;

    ColumnBatch(ColumnWriter... columns) {
        this.columns = columns;
        List<ColumnWriter.Sized> sized = new ArrayList<>();
        int nodes = 0;
        int buffers = 0;
        for (ColumnWriter column : columns) {
            column.forSized(sized::add);
            nodes += column.nodes();
            buffers += column.buffers();
        }
        this.sized = sized.toArray(ColumnWriter.Sized[]::new);
        message = new BatchMessage(nodes, buffers);
    }

    /** The size of texts in the batch, and about that of lists. */
    long bytes() {
        long bytes = 0;
        for (ColumnWriter.Sized column : sized) {
            bytes += column.bytes();
        }
        return bytes;
    }

    /** Writes the message to a channel that takes all that it is given, and begins the next batch. */
    void writeTo(WritableByteChannel out, int rows) throws IOException {
        describe(rows);
        out.write(ByteBuffer.wrap(message.head()));
        writeTo(BatchBody.to(out));
    }

    /** Returns other bytes followed by the message, in a new array, and begins the next batch. */
    byte[] toBytes(byte[] before, int rows) throws IOException {
        describe(rows);
        byte[] head = message.head();
        int body = before.length + head.length;
        byte[] bytes = new byte[Math.toIntExact(body + message.bodySize())];
        System.arraycopy(before, 0, bytes, 0, before.length);
        System.arraycopy(head, 0, bytes, before.length, head.length);
        writeTo(BatchBody.to(bytes, body));
        return bytes;
    }

    private void describe(int rows) {
        message.begin(rows);
        for (ColumnWriter column : columns) {
            column.describe(message);
        }
    }

    private void writeTo(BatchBody body) throws IOException {
        for (ColumnWriter column : columns) {
            column.writeTo(body);
            column.reset();
        }
    }
}
