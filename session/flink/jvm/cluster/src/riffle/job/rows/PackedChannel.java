package riffle.job.rows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions.CompressionCodec;
import org.apache.flink.runtime.io.compression.BlockCompressionFactory;
import org.apache.flink.runtime.io.compression.BlockCompressor;

/**
 * Compresses what is written, for the way through the JobManager. The bytes are sent in parts: the length of the
 * part as an int, then the part. If the length is negative, the part is not compressed. {@link RowUnpacker} reads
 * them in the client.
 */
final class PackedChannel implements WritableByteChannel {
    /** The size of the largest part before compression. */
    static final int MAX_PART = 64 << 10;

    static final int HEADER = 4;

    private final SocketChannel socket;
    private final BlockCompressor compressor =
            BlockCompressionFactory.createBlockCompressionFactory(CompressionCodec.LZ4).getCompressor();
    private final byte[] plain = new byte[MAX_PART];
    private final byte[] packed = new byte[HEADER + compressor.getMaxCompressedSize(MAX_PART)];

    /** Over a connection, which it closes. */
    PackedChannel(SocketChannel socket) {
        this.socket = socket;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int written = source.remaining();
        while (source.hasRemaining()) {
            int length = Math.min(source.remaining(), MAX_PART);
            source.get(plain, 0, length);
            send(length);
        }
        return written;
    }

    private void send(int length) throws IOException {
        int size = compressor.compress(plain, 0, length, packed, HEADER);
        ByteBuffer out = ByteBuffer.wrap(packed);
        if (size < length) {
            out.putInt(0, size).limit(HEADER + size);
        } else {
            out.putInt(-length).put(plain, 0, length).flip();
        }
        while (out.hasRemaining()) {
            socket.write(out);
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
