package riffle.job.rows;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * The sending end of riffle's row protocol. The Go package session/flink/frame describes the protocol and
 * implements the receiving end. Bytes written here are collected and sent as data frames of up to 256 KiB.
 *
 * <p>The connection is a SocketChannel, because a task that is cancelled is interrupted, and an interrupt ends a
 * blocked write on a channel but not one on a stream.
 */
final class FrameChannel implements WritableByteChannel, Closeable {
    private static final byte DATA = 1;
    private static final byte END = 2;
    private static final int HEADER = 5;

    private final WritableByteChannel out;
    private final ByteBuffer frame = ByteBuffer.allocateDirect(HEADER + (256 << 10));

    /** Over a connection, which it closes. */
    FrameChannel(WritableByteChannel out) {
        this.out = out;
        frame.position(HEADER);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int written = source.remaining();
        while (source.hasRemaining()) {
            if (!frame.hasRemaining()) {
                flush();
            }
            int n = Math.min(frame.remaining(), source.remaining());
            ByteBuffer part = source.duplicate();
            part.limit(part.position() + n);
            frame.put(part);
            source.position(source.position() + n);
        }
        return written;
    }

    /** Sends the collected bytes, so that the reader has all rows up to here. */
    void flush() throws IOException {
        int length = frame.position() - HEADER;
        if (length > 0) {
            frame.put(0, DATA).putInt(1, length);
            frame.flip();
            send(frame);
            frame.clear().position(HEADER);
        }
    }

    /** Reports that this subtask is complete, and the total number of rows that it has sent. */
    void end(long rows) throws IOException {
        flush();
        ByteBuffer b = ByteBuffer.allocate(HEADER + 8).put(END).putInt(8).putLong(rows);
        b.flip();
        send(b);
    }

    private void send(ByteBuffer b) throws IOException {
        while (b.hasRemaining()) {
            out.write(b);
        }
    }

    @Override
    public boolean isOpen() {
        return out.isOpen();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
